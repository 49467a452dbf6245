import { expect, it } from 'vitest';
import { BackfillYieldsError, waitForRoom } from '../../../lambdas/admit/yield-to-live.ts';

const looks = (counts: number[], time = Number.POSITIVE_INFINITY) => {
  const waits: number[] = [];
  const waiting = waitForRoom({
    countRunning: async () => counts.shift() ?? 0,
    limit: 3,
    hasTime: () => waits.length < time,
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  return { waiting, waits };
};

it('starts at once where there is room', async () => {
  const { waiting, waits } = looks([2]);
  await waiting;
  expect(waits).toEqual([]);
});

it('waits while others run, and starts once one of them has ended', async () => {
  const { waiting, waits } = looks([3, 4, 3, 2]);
  await waiting;
  expect(waits).toHaveLength(3);
});

it('gives its place back where no room comes in time', async () => {
  const { waiting } = looks([3, 3, 3, 3, 3], 3);
  await expect(waiting).rejects.toThrow(BackfillYieldsError);
});
