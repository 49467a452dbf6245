import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { assetIdSchema } from '../../contracts/assets.ts';
import { ledgerKeys } from '../../contracts/ledger.ts';
import { RetryableError } from '../../runtime/errors.ts';
import { fieldsAre, isAbsent } from './conditions.ts';
import { holds, instantNow, type LedgerTable, reach } from './table.ts';

export const storyRecordSchema = z.object({
  uri: z.string(),
  version: z.string(),
  assetId: assetIdSchema,
  /** The assets of older versions, newest last. */
  supersededAssetIds: z.array(assetIdSchema),
  updatedAt: z.iso.datetime({ offset: true }),
});
export type StoryRecord = z.infer<typeof storyRecordSchema>;

export type StoryClaim =
  | { isNewest: true; superseded?: string }
  | { isNewest: false; newestVersion: string; newestAssetId: string };

/** A story with more versions than these forgets its oldest ones; they have long been withdrawn. */
const maxSupersededKept = 100;
const maxClaimRounds = 10;

const versionRank = (version: string): 0 | 1 | 2 => {
  if (/^\d+(\.\d+)?$/.test(version)) return 0;
  return z.iso.datetime({ offset: true }).safeParse(version).success ? 1 : 2;
};

/**
 * Orders two versions of a story: numbers by value, instants by time, anything else by its characters; numbers come
 * before instants and those before the rest, so that the order holds over any mixture.
 * @returns a negative number, 0 or a positive number, as `sort` wants it.
 */
export function compareStoryVersions(a: string, b: string): number {
  const rank = versionRank(a);
  if (rank !== versionRank(b)) return rank - versionRank(b);
  if (rank === 0) return compareDecimals(a, b);
  if (rank === 1 && Date.parse(a) !== Date.parse(b)) return Date.parse(a) - Date.parse(b);
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Whole parts as big integers: some agencies count versions by a time in digits that a double cannot hold. */
function compareDecimals(a: string, b: string): number {
  const [wholeA = '0', fractionA = '0'] = a.split('.');
  const [wholeB = '0', fractionB = '0'] = b.split('.');
  const difference = BigInt(wholeA) - BigInt(wholeB);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return Number(`0.${fractionA}`) - Number(`0.${fractionB}`);
}

export async function getStory(table: LedgerTable, uri: string): Promise<StoryRecord | undefined> {
  const Key = ledgerKeys.story(uri);
  const { Item } = await reach(
    table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
  );
  return Item === undefined ? undefined : storyRecordSchema.parse(Item);
}

/**
 * Claims to be the newest version of a story. The newest wins in whichever order versions come; of two assets with the
 * same version the later claim wins, once. Repeating a claim gives the same answer.
 * @throws RetryableError LedgerContentionError where other versions keep claiming at the same moment.
 */
export async function claimStoryVersion(
  table: LedgerTable,
  uri: string,
  version: string,
  assetId: string,
): Promise<StoryClaim> {
  for (let round = 0; round < maxClaimRounds; round++) {
    const current = await getStory(table, uri);
    if (current?.assetId === assetId) {
      const superseded = current.supersededAssetIds.at(-1);
      return superseded === undefined ? { isNewest: true } : { isNewest: true, superseded };
    }
    if (current !== undefined && isOutdated(current, version, assetId))
      return { isNewest: false, newestVersion: current.version, newestAssetId: current.assetId };
    if (await replaceStory(table, current, { uri, version, assetId }))
      return current === undefined ? { isNewest: true } : { isNewest: true, superseded: current.assetId };
  }
  throw new RetryableError('LedgerContentionError', `other versions of ${uri} are being claimed at the same moment`);
}

function isOutdated(current: StoryRecord, version: string, assetId: string): boolean {
  const order = compareStoryVersions(version, current.version);
  return order < 0 || (order === 0 && current.supersededAssetIds.includes(assetId));
}

async function replaceStory(
  table: LedgerTable,
  current: StoryRecord | undefined,
  next: { uri: string; version: string; assetId: string },
): Promise<boolean> {
  const superseded = current === undefined ? [] : [...current.supersededAssetIds, current.assetId];
  const record: StoryRecord = {
    ...next,
    supersededAssetIds: superseded.slice(-maxSupersededKept),
    updatedAt: instantNow(),
  };
  return holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.story(next.uri), ...storyRecordSchema.parse(record) },
        ...(current === undefined ? isAbsent : fieldsAre({ assetId: current.assetId, version: current.version })),
      }),
    ),
  );
}
