import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import type { EveryIndex } from '../../lambdas/clients/every-index.ts';
import { ObjectVersions } from '../../lambdas/clients/object-versions.ts';
import { vocabularyKeys } from '../../lambdas/contracts/keys.ts';
import type { Item } from './material.ts';

/** The stores of a running system, read by their own clients and not by what withdraws. */
export interface RunningStores {
  s3: S3Client;
  originals: string;
  derived: string;
  table: LedgerTable;
  index: EveryIndex;
}

/** Rows that may name a withdrawn asset: its tombstones, and what came again and was refused. */
const tombstones = /^(WITHDRAWAL#|WITHDRAWN-LIKENESS#|WITHDRAWN-RETURNS)/;

/** What each store still has of the withdrawn: in words, for people; empty where there is nothing. */
export type Remains = Record<'originals' | 'derived' | 'documents' | 'ledger' | 'captions' | 'vocabulary', string[]>;

/** @param captionKeys of captions that were paid for pictures of the withdrawn alone */
export async function remainsOf(
  stores: RunningStores,
  withdrawn: readonly Item[],
  captionKeys: readonly string[],
): Promise<Remains> {
  const ids = withdrawn.map(({ assetId }) => assetId);
  const keys = withdrawn.flatMap(({ key, sidecar }) => (sidecar === undefined ? [key] : [key, sidecar.key]));
  const rows = await rowsOf(stores.table);
  return {
    originals: await versionsAt(stores, keys),
    derived: (await keysIn(stores)).filter((key) => ids.some((id) => key.includes(id)) && !key.startsWith('receipts/')),
    documents: await documentsOf(stores, ids),
    ledger: rows
      .filter(({ pk, text }) => !tombstones.test(pk) && [...ids, ...keys].some((name) => text.includes(name)))
      .map(({ pk, sk }) => `${pk} ${sk}`),
    captions: rows.filter(({ pk }) => captionKeys.some((key) => pk === `CAPTION#${key}`)).map(({ pk }) => pk),
    vocabulary: await wordsIn(
      stores,
      withdrawn.flatMap(({ word }) => word ?? []),
    ),
  };
}

async function versionsAt({ s3, originals }: RunningStores, keys: readonly string[]): Promise<string[]> {
  const versions = new ObjectVersions({ client: s3, bucketName: originals });
  const found: string[] = [];
  for (const key of keys) found.push(...(await versions.of(key)).map(({ versionId }) => `${key} ${versionId}`));
  return found;
}

async function keysIn({ s3, derived }: RunningStores): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: derived }))
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  return keys;
}

async function documentsOf({ index }: RunningStores, ids: readonly string[]): Promise<string[]> {
  const { found, total } = await index.search({
    query: { terms: { assetId: ids } },
    size: ids.length,
    track_total_hits: true,
  });
  return total === 0 ? [] : found.map(({ document }) => document.documentId);
}

/** Every row of the table, whatever it is about, as text. */
export async function rowsOf({ client, tableName }: LedgerTable): Promise<{ pk: string; sk: string; text: string }[]> {
  const rows: { pk: string; sk: string; text: string }[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
    for (const item of Items)
      rows.push({
        pk: String(item['pk']),
        sk: String(item['sk']),
        text: JSON.stringify(item, (_key, value) => (value instanceof Set ? [...value] : value)),
      });
  return rows;
}

async function wordsIn({ s3, derived }: RunningStores, words: readonly string[]): Promise<string[]> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: derived, Key: vocabularyKeys.current }));
  const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString('utf8');
  return words.filter((word) => text.includes(word));
}
