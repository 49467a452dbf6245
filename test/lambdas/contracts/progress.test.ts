import { describe, expect, it } from 'vitest';
import { progressInWords, progressOf } from '../../../lambdas/contracts/progress.ts';

const plannedAt = '2026-03-01T12:00:00.000Z';
const video = {
  steps: { shots: { status: 'started' as const } },
  shotsPlan: { frameCount: 10_000, framesPerChunk: 10_000 / 3, plannedAt },
};

describe('the progress of a video', () => {
  it('is nothing but its percent before the first chunk is done', () => {
    expect(progressOf(video)).toEqual({ percent: 0, framesDone: 0, frameCount: 10_000 });
  });

  it('counts frames, and from them speed and the time that is left', () => {
    const progress = progressOf({ ...video, chunksDone: [1], chunkDoneAt: '2026-03-01T12:00:15.000Z' });
    expect(progress).toMatchObject({ percent: 33, framesDone: 3333, framesPerSecond: 3333 / 15 });
    expect(progress?.secondsLeft).toBeCloseTo((6667 / 3333) * 15);
  });

  it('has no more frames than the video', () => {
    const progress = progressOf({ ...video, chunksDone: [0, 1, 2], chunkDoneAt: '2026-03-01T12:01:00.000Z' });
    expect(progress).toMatchObject({ percent: 100, framesDone: 10_000, secondsLeft: 0 });
  });

  it('is silent before and after the shots step, and of what is no video', () => {
    expect(progressOf({ ...video, steps: { shots: { status: 'done' } } })).toBeUndefined();
    expect(progressOf({ steps: { shots: { status: 'started' } } })).toBeUndefined();
  });

  it.each([
    [{ percent: 0, framesDone: 0, frameCount: 9 }, '0 %'],
    [
      { percent: 42, framesDone: 42, frameCount: 100, framesPerSecond: 310.4, secondsLeft: 120 },
      '42 %, 310 frames/s, about 2 min left',
    ],
    [
      { percent: 99, framesDone: 99, frameCount: 100, framesPerSecond: 4.25, secondsLeft: 3 },
      '99 %, 4.3 frames/s, a few seconds left',
    ],
    [
      { percent: 1, framesDone: 1, frameCount: 100, framesPerSecond: 50, secondsLeft: 7200 },
      '1 %, 50 frames/s, about 2.0 h left',
    ],
  ])('reads well: %j', (progress, words) => {
    expect(progressInWords(progress)).toBe(words);
  });
});
