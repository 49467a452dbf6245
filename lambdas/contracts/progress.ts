import { z } from 'zod';
import type { AssetRecord } from './ledger.ts';

/** How far the shots step has come with a video. */
export const progressSchema = z.object({
  percent: z.number().int().min(0).max(100),
  framesDone: z.number().int().nonnegative(),
  frameCount: z.number().int().positive(),
  /** Both absent until a first part is done: before that nothing can be said. */
  framesPerSecond: z.number().nonnegative().optional(),
  secondsLeft: z.number().nonnegative().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

type Watched = Pick<AssetRecord, 'steps' | 'shotsPlan' | 'chunksDone' | 'chunkDoneAt'>;

/** @returns undefined where no video is being cut into shots at the moment. */
export function progressOf({ steps, shotsPlan, chunksDone = [], chunkDoneAt }: Watched): Progress | undefined {
  if (shotsPlan === undefined || steps.shots?.status !== 'started') return undefined;
  const { frameCount, framesPerChunk, plannedAt } = shotsPlan;
  const framesDone = Math.min(frameCount, Math.round(chunksDone.length * framesPerChunk));
  const percent = Math.floor((100 * framesDone) / frameCount);
  const seconds = chunkDoneAt === undefined ? 0 : (Date.parse(chunkDoneAt) - Date.parse(plannedAt)) / 1000;
  if (framesDone === 0 || seconds <= 0) return { percent, framesDone, frameCount };
  const framesPerSecond = framesDone / seconds;
  return { percent, framesDone, frameCount, framesPerSecond, secondsLeft: (frameCount - framesDone) / framesPerSecond };
}

/** "42 %, 310 frames/s, about 2 min left", for the page and the command line alike. */
export function progressInWords({ percent, framesPerSecond, secondsLeft }: Progress): string {
  if (framesPerSecond === undefined || secondsLeft === undefined) return `${percent} %`;
  const rate = framesPerSecond < 10 ? framesPerSecond.toFixed(1) : framesPerSecond.toFixed(0);
  return `${percent} %, ${rate} frames/s, ${timeLeft(secondsLeft)} left`;
}

function timeLeft(seconds: number): string {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}
