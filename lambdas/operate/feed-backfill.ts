import type { ArrivalQueue } from '../clients/arrival-queue.ts';
import type { LedgerRows } from '../clients/ledger-rows.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { S3Object } from '../contracts/assets.ts';
import { type BackfillReport, keyOfInventory, type ListedObject, queueDeepErrorName } from '../contracts/backfill.ts';
import { isBackfill, parseIncomingKey, uploadId } from '../contracts/keys.ts';

/** Nothing is fed while the queue is deep; the workflow brings the batch again. */
export class BackfillQueueDeepError extends Error {
  override readonly name = queueDeepErrorName;
}

export interface FeedClients {
  originals: Pick<MediaBucket, 'head'>;
  originalsBucket: string;
  rows: Pick<LedgerRows, 'uploadsKnown'>;
  queue: Pick<ArrivalQueue, 'announce' | 'depth'>;
  /** Messages in the queue from which on nothing more is fed. */
  deepest: number;
  now(): Date;
}

/** Looks at the bucket at once. */
const headsAtOnce = 16;
/** SQS counts roughly: it is asked again after so many. */
const fedBetweenLooks = 10;

/**
 * Announces those of the objects to the backfill's queue that the archive has never met. An object that was announced
 * and is not admitted yet may be announced again, by a batch that is tried again or a second start: its admission finds
 * the first one's claim, so that nothing is done twice.
 * @throws BackfillQueueDeepError
 */
export async function feedBackfill(clients: FeedClients, listed: readonly ListedObject[]): Promise<BackfillReport> {
  const found = await located(clients, listed);
  const known = await clients.rows.uploadsKnown(found.map(({ id }) => id));
  // Sidecars first: an asset that finds its words waiting is described once.
  const fresh = found
    .filter(({ id }) => !known.has(id))
    .sort((one, other) => Number(isSidecar(other.object)) - Number(isSidecar(one.object)));
  for (const [position, { object, bytes }] of fresh.entries()) {
    if (position % fedBetweenLooks === 0) await stopWhereDeep(clients);
    await clients.queue.announce(object, { bytes, time: clients.now() });
  }
  return { fed: fresh.length, known: known.size, passedOver: listed.length - found.length };
}

const isSidecar = ({ key }: S3Object): boolean => parseIncomingKey(key)?.sidecar !== undefined;

async function stopWhereDeep({ queue, deepest }: FeedClients): Promise<void> {
  const depth = await queue.depth();
  if (depth >= deepest) throw new BackfillQueueDeepError(`${depth} uploads of a backfill wait already`);
}

interface Located {
  id: string;
  object: S3Object;
  bytes: number;
}

/** The objects as they are now, each by its version: what a withdrawal has to find is known by it. */
async function located(clients: FeedClients, listed: readonly ListedObject[]): Promise<Located[]> {
  const found: Located[] = [];
  const waiting = [...listed.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const one = await locate(clients, next[1]);
      if (one !== undefined) found[next[0]] = one;
    }
  };
  await Promise.all(Array.from({ length: headsAtOnce }, worker));
  return found.filter((one) => one !== undefined);
}

async function locate(
  { originals, originalsBucket }: FeedClients,
  { Key }: ListedObject,
): Promise<Located | undefined> {
  for (const key of new Set([Key, keyOfInventory(Key)])) {
    if (!isBackfill(key) || key.endsWith('/')) continue;
    const facts = await originals.head({ key });
    if (facts === undefined) continue;
    const { versionId, bytes } = facts;
    const object = { bucket: originalsBucket, key, ...(versionId === undefined ? {} : { versionId }) };
    return { id: uploadId(object), object, bytes };
  }
  return undefined;
}
