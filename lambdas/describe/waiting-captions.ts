import type { CaptionRecords } from '../clients/captions/caption-records.ts';
import { budgetDay, type WaitingCaptions } from '../contracts/captions.ts';
import type { DescribeInput } from '../contracts/workflow.ts';
import type { WaitingPictures } from './description-request.ts';

const dayMilliseconds = 24 * 3600 * 1000;
const firstRetryMilliseconds = 2 * 60 * 1000;
const longestRetryMilliseconds = 6 * 3600 * 1000;

/** Writes down that an asset's pictures wait for their captions, or that they wait no more. */
export async function recordWaiting(
  records: Pick<CaptionRecords, 'findWaiting' | 'putWaiting' | 'forgetWaiting'>,
  { assetId, desk }: Pick<DescribeInput, 'assetId' | 'desk'>,
  waiting: WaitingPictures | undefined,
  now: Date,
): Promise<void> {
  if (waiting === undefined) return records.forgetWaiting(assetId);
  const before = await records.findWaiting(assetId);
  const tries = before?.tries ?? 0;
  return records.putWaiting({
    assetId,
    desk,
    reason: waiting.reason,
    pictures: waiting.pictures,
    since: before?.since ?? now.toISOString(),
    dueAt: dueAt(waiting, tries, now).toISOString(),
    tries,
  });
}

/** When a reason may have passed: money comes with the next day, a service back after a while, an embargo as it says. */
export function dueAt(
  { reason, until }: Pick<WaitingCaptions, 'reason'> & Pick<WaitingPictures, 'until'>,
  tries: number,
  now: Date,
): Date {
  if (until !== undefined) return new Date(until);
  if (reason === 'budget') return new Date(Date.parse(`${budgetDay(now)}T00:00:00Z`) + dayMilliseconds);
  return new Date(now.getTime() + Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** tries));
}
