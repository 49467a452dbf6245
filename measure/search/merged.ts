import { setTimeout as delay } from 'node:timers/promises';

interface Stats {
  _all: { primaries: { merges: { current: number }; segments: { count: number } } };
}

const pauseMilliseconds = 1000;
/** Between two merges there are moments without one. */
const calmPolls = 5;
const limitMilliseconds = 300_000;

/**
 * Waits until the node merges no segments any more: for some time after a filling it does nothing else with half of the
 * machine, and an archive that stands does not.
 * @returns how many segments are left. @throws Error where it goes on for five minutes
 */
export async function untilMerged(node: string, indexName: string): Promise<number> {
  const deadline = Date.now() + limitMilliseconds;
  let calm = 0;
  for (;;) {
    const answer = await fetch(`${node}/${indexName}/_stats/merge,segments`);
    if (!answer.ok) throw new Error(`the node answered ${answer.status} when it was asked for its merges`);
    const { merges, segments } = ((await answer.json()) as Stats)._all.primaries;
    calm = merges.current === 0 ? calm + 1 : 0;
    if (calm === calmPolls) return segments.count;
    if (Date.now() > deadline) throw new Error('the node is still merging');
    await delay(pauseMilliseconds);
  }
}
