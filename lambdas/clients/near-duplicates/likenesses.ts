import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type HashSpace,
  hashSpaceSchema,
  type LikenessRecord,
  likenessRecordSchema,
  type Neighbour,
  nearDuplicateKeys,
} from '../../contracts/near-duplicates.ts';
import { holds, type LedgerKey, type LedgerTable, queryAll, reach, writeAll } from '../asset-ledger/table.ts';
import { bucketsOf, bucketsToSearch, hammingDistance, searchDistance } from './hash-bands.ts';

/**
 * A bucket that holds so many documents holds one picture again and again, like a channel's title card. It takes no
 * more: the first of them are found by all others, and no partition grows without end.
 */
export const maxRowsPerBucket = 64;
/** Requests to the table at once. */
const requestsInFlight = 16;

/** What one photo, keyframe or story is found by. */
export type Likeness = Pick<LikenessRecord, 'documentId' | 'assetId' | 'hashes' | 'video' | 'sketch'>;

/** Another asset's document that a hash leads to. */
export interface Candidate {
  documentId: string;
  assetId: string;
  /** How many of the hashes lead to it. */
  hashCount: number;
}

export interface Lookup {
  candidates: Candidate[];
  /** Buckets that were read. */
  reads: number;
  /** Buckets that did not take the document, because they hold so many. */
  crowded: number;
}

/** A document's asset: the beginning of what `documentId` of contracts/keys.ts makes. */
const assetOf = (documentId: string): string => documentId.split('.')[0] ?? '';

const hashesOf = ({ hashes }: Pick<Likeness, 'hashes'>): { space: HashSpace; hash: string }[] =>
  hashSpaceSchema.options.flatMap((space) => (hashes[space] ?? []).map((hash) => ({ space, hash })));

/** The rows by which a document is found. */
export const bandRows = (likeness: Pick<Likeness, 'hashes' | 'documentId'>): LedgerKey[] =>
  hashesOf(likeness).flatMap(({ space, hash }) =>
    bucketsOf(space, hash).map((bucket) => nearDuplicateKeys.band(space, bucket, hash, likeness.documentId)),
  );

const nameOf = ({ pk, sk }: LedgerKey): string => `${pk} ${sk}`;

async function inFlight<T>(tasks: readonly T[], work: (task: T) => Promise<void>): Promise<void> {
  const waiting = [...tasks];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: requestsInFlight }, worker));
}

/**
 * Makes a document findable by its hashes; those that it had before and has no longer are taken away. The record is
 * there before its rows and as long as any of them, so that a run that ends in between leaves none without an owner.
 */
export async function putLikeness(table: LedgerTable, likeness: Likeness, now: Date): Promise<void> {
  const record = likenessRecordSchema.parse({ ...likeness, neighbours: [], updatedAt: now.toISOString() });
  // Two hashes alike lead to one row, and a batch takes each row once.
  const rows = new Map(bandRows(record).map((row) => [nameOf(row), row]));
  const earlier = await getLikeness(table, record.assetId, record.documentId);
  if (earlier !== undefined) {
    const former = new Map(bandRows(earlier).map((row) => [nameOf(row), row]));
    await writeAll(table, { remove: [...former].flatMap(([name, row]) => (rows.has(name) ? [] : [row])) });
  }
  const key = nearDuplicateKeys.likeness(record.assetId, record.documentId);
  await reach(table.client.send(new PutCommand({ TableName: table.tableName, Item: { ...key, ...record } })));
  await writeAll(table, { put: [...rows.values()] });
}

export async function getLikeness(
  table: LedgerTable,
  assetId: string,
  documentId: string,
): Promise<LikenessRecord | undefined> {
  const { Item } = await reach(
    table.client.send(
      new GetCommand({
        TableName: table.tableName,
        Key: nearDuplicateKeys.likeness(assetId, documentId),
        ConsistentRead: true,
      }),
    ),
  );
  return Item === undefined ? undefined : likenessRecordSchema.parse(Item);
}

/** Every likeness of an asset: of its photo or story, or of the keyframes of its shots (a consistent read). */
export async function listLikenesses(table: LedgerTable, assetId: string): Promise<LikenessRecord[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: {
      ':pk': nearDuplicateKeys.likeness(assetId, '').pk,
      ':prefix': nearDuplicateKeys.likenessPrefix,
    },
    ConsistentRead: true,
  });
  return items.map((item) => likenessRecordSchema.parse(item));
}

/** Writes down what a second look has confirmed. @returns false where the likeness has been taken away meanwhile. */
export async function recordNeighbours(
  table: LedgerTable,
  { assetId, documentId }: Pick<Likeness, 'assetId' | 'documentId'>,
  neighbours: readonly Neighbour[],
): Promise<boolean> {
  return holds(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: nearDuplicateKeys.likeness(assetId, documentId),
        UpdateExpression: 'SET neighbours = :neighbours',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':neighbours': neighbours },
      }),
    ),
  );
}

/**
 * Documents of other assets that one of a document's hashes leads to, those first that most of them lead to. Every
 * document is among them whose hash differs in at most `searchDistance` bits, those that a crowded bucket did not take
 * aside. Reads are consistent: of two documents that are written and then looked for, one at least finds the other.
 * @param isOneOfMany looks into the hashes' own buckets only: of the keyframes of a video a few are enough.
 */
export async function findCandidates(
  table: LedgerTable,
  likeness: Likeness,
  { isOneOfMany = false }: { isOneOfMany?: boolean } = {},
): Promise<Lookup> {
  const found = new Map<string, Set<string>>();
  const bucketsFor = isOneOfMany ? bucketsOf : bucketsToSearch;
  const searches = hashesOf(likeness).flatMap(({ space, hash }) =>
    bucketsFor(space, hash).map((bucket) => ({ space, hash, bucket })),
  );
  const crowded = new Map<string, LedgerKey>();
  await inFlight(searches, async ({ space, hash, bucket }) => {
    const rows = await readBucket(table, space, bucket);
    if (rows.length > maxRowsPerBucket && bucketsOf(space, hash).includes(bucket)) {
      const own = nearDuplicateKeys.band(space, bucket, hash, likeness.documentId);
      crowded.set(nameOf(own), own);
    }
    for (const row of rows) {
      if (assetOf(row.documentId) === likeness.assetId) continue;
      if (hammingDistance(row.hash, hash) > searchDistance(space)) continue;
      const hashes = found.get(row.documentId) ?? new Set();
      found.set(row.documentId, hashes.add(`${space} ${hash}`));
    }
  });
  await writeAll(table, { remove: [...crowded.values()] });
  const candidates = [...found]
    .map(([documentId, hashes]) => ({ documentId, assetId: assetOf(documentId), hashCount: hashes.size }))
    .sort((a, b) => b.hashCount - a.hashCount || (a.documentId < b.documentId ? -1 : 1));
  return { candidates, reads: searches.length, crowded: crowded.size };
}

/** One more than a bucket may hold, so that a crowded one is known. */
async function readBucket(
  table: LedgerTable,
  space: HashSpace,
  bucket: string,
): Promise<{ hash: string; documentId: string }[]> {
  const { Items = [] } = await reach(
    table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': nearDuplicateKeys.bucket(space, bucket) },
        ConsistentRead: true,
        Limit: 2 * maxRowsPerBucket,
      }),
    ),
  );
  return Items.map((item) => {
    const [hash = '', documentId = ''] = String(item['sk']).split('#');
    return { hash, documentId };
  });
}
