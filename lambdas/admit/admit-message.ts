import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../contracts/deliveries.ts';
import { isBackfill } from '../contracts/keys.ts';
import type { UploadRecord } from '../contracts/ledger.ts';
import { objectCreatedEventSchema } from '../contracts/workflow.ts';
import { type AdmitClients, admitUpload, UploadSetAsideError } from './admit-upload.ts';
import { waitForRoom } from './yield-to-live.ts';

/** Of the time that a worker has left, so much it waits for room; the rest it has for the file. */
const shareForWaiting = 0.5;

export interface BackfillBound {
  /** With so many workflows running a backfill starts no more. */
  executions: number;
  remainingMilliseconds: number;
}

/**
 * Admits what one reception of a queue's message speaks of; a backfill's upload waits for room first.
 * @throws UploadSetAsideError, BackfillYieldsError, and whatever else makes the queue deliver the message again.
 */
export async function admitMessage(
  clients: AdmitClients,
  { body, ...delivery }: Delivery & { body: string },
  bound: BackfillBound,
): Promise<{ upload: UploadRecord; isFirst: boolean }> {
  const event = objectCreatedEventSchema.parse(JSON.parse(body));
  if (isBackfill(event.detail.object.key)) {
    const until = Date.now() + bound.remainingMilliseconds * shareForWaiting;
    await waitForRoom({
      countRunning: () => clients.workflow.countRunning(bound.executions),
      limit: bound.executions,
      hasTime: () => Date.now() < until,
      wait: (milliseconds) => delay(milliseconds),
    });
  }
  try {
    return await admitUpload(clients, event, delivery);
  } catch (error) {
    // A failure that is told is no crash.
    if (!(error instanceof UploadSetAsideError)) await clients.ledger.answerDelivery(delivery);
    throw error;
  }
}
