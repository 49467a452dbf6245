import { ledgerIndexes, unsettledShards } from '../../contracts/ledger.ts';
import { type LedgerTable, queryAll } from './table.ts';

/** What the sparse index `byUnsettled` lists: assets under way and failed, and those that may have doubles. */
export type UnsettledState = 'processing' | 'failed' | 'suspect';

export interface UnsettledAsset {
  assetId: string;
  /** When it was last heard of: a step's start or end, the failure, or the suspicion. */
  since: string;
}

const unsettledPk = (shard: number): string => `UNSETTLED#${shard}`;

/** The attributes by which an item is listed. */
export const unsettledKeys = (assetId: string, state: UnsettledState, since: string) => ({
  unsettledPk: unsettledPk(Number.parseInt(assetId.slice(0, 2), 16) % unsettledShards),
  unsettledSk: `${state}#${since}#${assetId}`,
});

/** Assets in one state, oldest first, optionally only those not heard of since before `before`. */
export async function listUnsettled(
  table: LedgerTable,
  { status, before }: { status: UnsettledState; before?: string },
): Promise<UnsettledAsset[]> {
  const shards = await Promise.all(
    Array.from({ length: unsettledShards }, (_, shard) =>
      queryAll(table, {
        IndexName: ledgerIndexes.unsettled,
        // '~' sorts behind every character of an instant.
        KeyConditionExpression: 'unsettledPk = :pk AND unsettledSk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': unsettledPk(shard),
          ':from': `${status}#`,
          ':to': before === undefined ? `${status}#~` : `${status}#${before}`,
        },
      }),
    ),
  );
  return shards
    .flat()
    .map((item) => String(item['unsettledSk']).split('#'))
    .map(([, since = '', assetId = '']) => ({ assetId, since }))
    .sort((a, b) => a.since.localeCompare(b.since));
}
