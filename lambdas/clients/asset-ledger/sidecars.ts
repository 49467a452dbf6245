import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { assetIdSchema, s3ObjectSchema } from '../../contracts/assets.ts';
import { ledgerKeys } from '../../contracts/ledger.ts';
import { isAbsentOr, isAtMost } from './conditions.ts';
import { holds, instantNow, type LedgerTable, queryAll, reach } from './table.ts';

export const sidecarRecordSchema = z.object({
  sidecar: z.enum(['ninjs', 'shotlist']),
  stem: z.string(),
  object: s3ObjectSchema,
  arrivedAt: z.iso.datetime({ offset: true }),
});
export type SidecarRecord = z.infer<typeof sidecarRecordSchema>;

/**
 * Lays a sidecar beside its asset. A later one of the same kind replaces an earlier one, never the other way round.
 * Sidecar and asset each write first and look second, so that whichever order they come in, one sees the other.
 * @returns the asset of the same stem, where it has already come.
 */
export async function joinSidecar(table: LedgerTable, sidecar: SidecarRecord): Promise<{ assetId?: string }> {
  const record = sidecarRecordSchema.parse(sidecar);
  const { bucket } = record.object;
  await holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.stemSidecar(bucket, record.stem, record.sidecar), ...record },
        ...isAbsentOr(isAtMost('arrivedAt', record.arrivedAt)),
      }),
    ),
  );
  const { Item } = await reach(
    table.client.send(
      new GetCommand({
        TableName: table.tableName,
        Key: ledgerKeys.stemAsset(bucket, record.stem),
        ConsistentRead: true,
      }),
    ),
  );
  return Item === undefined ? {} : { assetId: assetIdSchema.parse(Item['assetId']) };
}

/** Names the asset that lies at a stem (the one that came last there). @returns the sidecars waiting for it. */
export async function attachAsset(
  table: LedgerTable,
  { bucket, stem, assetId }: { bucket: string; stem: string; assetId: string },
): Promise<SidecarRecord[]> {
  await reach(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.stemAsset(bucket, stem), assetId, attachedAt: instantNow() },
      }),
    ),
  );
  return getSidecars(table, bucket, stem);
}

/** The sidecars of a stem as last written (a consistent read). */
export async function getSidecars(table: LedgerTable, bucket: string, stem: string): Promise<SidecarRecord[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: {
      ':pk': ledgerKeys.stemAsset(bucket, stem).pk,
      ':prefix': ledgerKeys.stemSidecar(bucket, stem, '').sk,
    },
    ConsistentRead: true,
  });
  return items.map((item) => sidecarRecordSchema.parse(item));
}
