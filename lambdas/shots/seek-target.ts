import type { TimeBase } from './chunk-plan.ts';

/**
 * How a demuxer finds a time. `presentation`: the keyframe shown last at or before it (MP4, MOV). `search`: the packet
 * of any kind that it meets by halving the file (MPEG-TS). `index`: the keyframe at or before it in an index of its own
 * clock, asked for some frames too early where frames are reordered (Matroska, MXF, AVI).
 */
export type SeekStyle = 'presentation' | 'search' | 'index';

export function seekStyleOf(container: string): SeekStyle {
  if (container === 'mp4' || container === 'mov') return 'presentation';
  return container === 'mpegts' ? 'search' : 'index';
}

/** ffmpeg asks so much earlier of demuxers that do not seek by presentation, where frames are reordered. */
const reorderSeconds = 3 / 23;
/** A search may meet a packet right at the time asked for, after the keyframe's own start. */
const searchMarginSeconds = 0.5;

/**
 * The time to ask for so that demuxing begins at this keyframe or before it, never after.
 * @returns seconds on the container's clock, rounded to microseconds; undefined where only the file's start will do.
 */
export function seekSeconds(
  { pts, dts, nextPts }: { pts: number; dts: number; nextPts?: number },
  { numerator, denominator }: TimeBase,
  style: SeekStyle,
): number | undefined {
  if (Number.isNaN(pts)) return undefined;
  const tick = numerator / denominator;
  const seconds = (ticks: number) => ticks * tick;
  if (style === 'presentation') return atLeastZero(Math.ceil(seconds(pts) * 1e6) / 1e6);
  if (style === 'search') {
    const earliest = Number.isNaN(dts) ? pts : Math.min(pts, dts);
    return atLeastZero(Math.floor((seconds(earliest) - searchMarginSeconds) * 1e6) / 1e6);
  }
  const room = nextPts === undefined ? 0 : Math.max(0, seconds(nextPts - pts - 1));
  return atLeastZero(Math.floor((seconds(pts) + Math.min(reorderSeconds, room)) * 1e6) / 1e6);
}

const atLeastZero = (seconds: number): number | undefined => (seconds > 0 ? seconds : undefined);
