import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type DocumentRecord, documentRecordSchema, ledgerKeys } from '../../contracts/ledger.ts';
import { FencedError } from '../../runtime/errors.ts';
import { holds, instantNow, type LedgerTable, queryAll, reach } from './table.ts';

export type IntendedDocument = Pick<DocumentRecord, 'documentId' | 'assetId' | 'attempt' | 'contentSha256'>;

export interface Intention {
  /** The index already holds exactly this content under `indexId`: there is nothing to write. */
  isWritten: boolean;
  /** The `_id` the index gave: of this content where it is written, else of the content that is to be replaced. */
  indexId?: string | undefined;
}
export interface Confirmation {
  /** False where another run of this attempt confirmed its own write first: delete what this one wrote. */
  isOwner: boolean;
  /** The `_id` that the ledger owns. */
  indexId: string;
}

export async function getDocument(
  table: LedgerTable,
  assetId: string,
  documentId: string,
): Promise<DocumentRecord | undefined> {
  const Key = ledgerKeys.document(assetId, documentId);
  const { Item } = await reach(
    table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
  );
  return Item === undefined ? undefined : documentRecordSchema.parse(Item);
}

/**
 * Writes down that a document is about to go into the index. Content that an earlier run or attempt has confirmed is
 * not written again. A row of older content keeps its `indexId` while it is `intended`, so that the old document
 * stays owned until the new one is confirmed.
 * @throws FencedError where a later attempt has intended this document.
 */
export async function intendDocument(table: LedgerTable, document: IntendedDocument): Promise<Intention> {
  const { assetId, documentId, attempt, contentSha256 } = document;
  const current = await getDocument(table, assetId, documentId);
  if (current !== undefined && current.attempt > attempt) throw overtaken(document, current.attempt);
  const isWritten = current?.state === 'confirmed' && current.contentSha256 === contentSha256;
  const record = documentRecordSchema.parse({
    ...document,
    state: isWritten ? 'confirmed' : 'intended',
    ...(current?.indexId === undefined ? {} : { indexId: current.indexId }),
    updatedAt: instantNow(),
  });
  const isFirst = await holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.document(assetId, documentId), ...record },
        ...(current === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'attempt = :attempt AND #state = :state AND contentSha256 = :sha256',
              ExpressionAttributeNames: { '#state': 'state' },
              ExpressionAttributeValues: {
                ':attempt': current.attempt,
                ':state': current.state,
                ':sha256': current.contentSha256,
              },
            }),
      }),
    ),
  );
  // Somebody wrote in between: look again. Each round needs another writer's progress, so it ends.
  return isFirst ? { isWritten, indexId: record.indexId } : intendDocument(table, document);
}

/**
 * Writes down the `_id` that the index generated. Of two runs of one attempt that both wrote, the first owns.
 * @throws FencedError where a later attempt has intended this document, or it was forgotten.
 */
export async function confirmDocument(
  table: LedgerTable,
  document: Pick<DocumentRecord, 'documentId' | 'assetId' | 'attempt'> & { indexId: string },
): Promise<Confirmation> {
  const { assetId, documentId, attempt, indexId } = document;
  const isConfirmed = await holds(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: ledgerKeys.document(assetId, documentId),
        UpdateExpression: 'SET #state = :confirmed, indexId = :indexId, updatedAt = :now',
        ConditionExpression: 'attempt = :attempt AND #state = :intended',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':confirmed': 'confirmed',
          ':intended': 'intended',
          ':indexId': indexId,
          ':attempt': attempt,
          ':now': instantNow(),
        },
      }),
    ),
  );
  if (isConfirmed) return { isOwner: true, indexId };
  const current = await getDocument(table, assetId, documentId);
  if (current?.attempt !== attempt || current.indexId === undefined) throw overtaken(document, current?.attempt);
  return { isOwner: current.indexId === indexId, indexId: current.indexId };
}

const overtaken = ({ documentId, attempt }: { documentId: string; attempt: number }, current?: number): FencedError =>
  new FencedError(
    current === undefined
      ? `document ${documentId} was forgotten while attempt ${attempt} wrote it`
      : `attempt ${attempt} at document ${documentId} was overtaken by attempt ${current}`,
  );

/** Every document the ledger knows of an asset, intended and confirmed (a consistent read). */
export async function listDocuments(table: LedgerTable, assetId: string): Promise<DocumentRecord[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': ledgerKeys.asset(assetId).pk, ':prefix': ledgerKeys.documentPrefix },
    ConsistentRead: true,
  });
  return items.map((item) => documentRecordSchema.parse(item));
}

/**
 * Takes a document's row away, after its content was deleted from the index.
 * @returns false where an attempt later than `upToAttempt` has taken the document over: it stays.
 */
export async function forgetDocument(
  table: LedgerTable,
  assetId: string,
  documentId: string,
  { upToAttempt }: { upToAttempt: number },
): Promise<boolean> {
  return holds(
    table.client.send(
      new DeleteCommand({
        TableName: table.tableName,
        Key: ledgerKeys.document(assetId, documentId),
        ConditionExpression: 'attribute_not_exists(pk) OR attempt <= :attempt',
        ExpressionAttributeValues: { ':attempt': upToAttempt },
      }),
    ),
  );
}
