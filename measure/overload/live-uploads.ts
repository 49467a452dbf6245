import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fraction } from '../../local/faults/plan.ts';
import type { ArchiveRun } from '../faults/archive-run.ts';
import { madeArrival } from '../faults/material.ts';

const lookEveryMilliseconds = 200;
/** What is written comes to light at moments so far apart: uploads are begun at any time between two of them. */
const visibleEveryMilliseconds = 1_000;
const liveDesk = 'live-desk';

/**
 * Sends one photo or story of its own content to a desk of its own and waits until a search of that desk finds it.
 * @returns seconds from the upload's last byte; Infinity where the limit was over first.
 */
export async function timeToSearchable(
  archive: ArchiveRun,
  number: number,
  { limitSeconds }: { limitSeconds: number },
): Promise<number> {
  const arrival = madeArrival(number % 2 === 0 ? 'photo' : 'story', number, `incoming/${liveDesk}`);
  const { body } = await arrival.read();
  const assetId = createHash('sha256')
    .update(body as Buffer)
    .digest('hex');
  await delay(fraction(`moment of ${number}`) * visibleEveryMilliseconds);
  await archive.send(arrival);
  const sentAt = Date.now();
  while (Date.now() - sentAt < limitSeconds * 1000) {
    const { hits } = await archive.api.search({ q: '', desk: liveDesk, size: '50', off: 'fold,cutoff' });
    if (hits.some((hit) => hit.assetId === assetId)) return (Date.now() - sentAt) / 1000;
    await delay(lookEveryMilliseconds);
  }
  return Number.POSITIVE_INFINITY;
}
