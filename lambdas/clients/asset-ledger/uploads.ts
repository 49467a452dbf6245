import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { deskSchema } from '../../contracts/assets.ts';
import { ledgerIndexes, ledgerKeys, type UploadRecord, uploadRecordSchema } from '../../contracts/ledger.ts';
import { fieldsAre, isAbsentOr } from './conditions.ts';
import { getAll, holds, type LedgerTable, queryAll, reach } from './table.ts';

/** Desks that this process has written already. */
const rememberedDesks = new WeakMap<LedgerTable, Set<string>>();

async function rememberDesk(table: LedgerTable, desk: string): Promise<void> {
  const remembered = rememberedDesks.get(table) ?? new Set();
  rememberedDesks.set(table, remembered);
  if (remembered.has(desk)) return;
  await reach(
    table.client.send(new PutCommand({ TableName: table.tableName, Item: { ...ledgerKeys.desk(desk), desk } })),
  );
  remembered.add(desk);
}

/** Every desk that has uploaded, by name. */
export async function listDesks(table: LedgerTable): Promise<string[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': ledgerKeys.desk('').pk },
  });
  return items.map((item) => deskSchema.parse(item['desk'])).sort();
}

/** A desk's busiest day that the list still reads whole when it looks for one key. */
const maxUploadsScanned = 5_000;

const uploadDayPk = (desk: string, day: string): string => `${desk}#${day}`;

/**
 * Records how an arrival ended. The first word stands, unless it was set aside: a second delivery of the event is told
 * what was written.
 */
export async function putUpload(table: LedgerTable, upload: UploadRecord): Promise<UploadRecord> {
  const record = uploadRecordSchema.parse(upload);
  await rememberDesk(table, record.desk);
  const isFirst = await holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: {
          ...ledgerKeys.upload(record.uploadId),
          ...record,
          uploadDayPk: uploadDayPk(record.desk, new Date(record.arrivedAt).toISOString().slice(0, 10)),
          uploadDaySk: `${new Date(record.arrivedAt).toISOString()}#${record.uploadId}`,
        },
        ...isAbsentOr(fieldsAre({ outcome: 'failed' satisfies UploadRecord['outcome'] })),
      }),
    ),
  );
  return isFirst ? record : ((await getUpload(table, record.uploadId)) ?? record);
}

export async function getUpload(table: LedgerTable, uploadId: string): Promise<UploadRecord | undefined> {
  const { Item } = await reach(
    table.client.send(
      new GetCommand({ TableName: table.tableName, Key: ledgerKeys.upload(uploadId), ConsistentRead: true }),
    ),
  );
  return Item === undefined ? undefined : uploadRecordSchema.parse(Item);
}

/** A desk's uploads of one UTC day (`yyyy-mm-dd`), newest first; with `key`, only arrivals at that key. */
export async function listUploads(
  table: LedgerTable,
  { desk, day, key, limit }: { desk: string; day: string; key?: string | undefined; limit: number },
): Promise<UploadRecord[]> {
  const items = await queryAll(
    table,
    {
      IndexName: ledgerIndexes.uploadDay,
      KeyConditionExpression: 'uploadDayPk = :pk',
      ExpressionAttributeValues: { ':pk': uploadDayPk(desk, day) },
      ScanIndexForward: false,
      ...(key === undefined ? { Limit: limit } : {}),
    },
    key === undefined ? limit : maxUploadsScanned,
  );
  const ids = items.map((item) => String(item['pk']).slice('UPLOAD#'.length));
  const records = (await getAll(table, ids.map(ledgerKeys.upload))).map((item) => uploadRecordSchema.parse(item));
  return records
    .filter((upload) => key === undefined || upload.object.key === key)
    .sort((a, b) => b.arrivedAt.localeCompare(a.arrivedAt))
    .slice(0, limit);
}
