import type { AssetResponse } from '../../../lambdas/contracts/api.ts';
import { formatTimecode, parseTimecode, type TimecodeRate, timecodeRate } from '../../../lambdas/contracts/timecode.ts';

type Shot = NonNullable<AssetResponse['shots']>[number];
const usualRate = 25;

/** The shot that is on screen at a moment of the preview; the last one after the end. */
export const shotAt = (shots: readonly Shot[], seconds: number): number => {
  const index = shots.findIndex((shot) => seconds < shot.endSeconds);
  return index < 0 ? Math.max(0, shots.length - 1) : index;
};

/** Half a frame past a cut, so that rounding in the player never shows the frame before it. */
export const pastTheCut = (shot: Shot, framesPerSecond: number | undefined): number =>
  shot.startSeconds + 0.5 / (framesPerSecond ?? usualRate);

/** The source's own timecode at a moment of the preview, counted on from its first shot. */
export function timecodeAt(shots: readonly Shot[], framesPerSecond: number | undefined, seconds: number): string {
  const [first] = shots;
  const rate: TimecodeRate = timecodeRate(framesPerSecond ?? usualRate, {
    isDropFrame: first?.startTimecode.includes(';') ?? false,
  });
  const origin = first === undefined ? 0 : (parseTimecode(first.startTimecode, rate) ?? 0);
  // The frame on screen is the last that has begun.
  const shown = Math.floor((seconds - (first?.startSeconds ?? 0)) * rate.framesPerSecond + 1e-3);
  return formatTimecode(origin + Math.max(0, shown), rate);
}
