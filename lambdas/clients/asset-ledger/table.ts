import { setTimeout as delay } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { ledgerKeys } from '../../contracts/ledger.ts';
import { RetryableError } from '../../runtime/errors.ts';
import { isPassingFault } from '../passing-faults.ts';

/** The ledger's table and the client that reaches it. */
export interface LedgerTable {
  client: DynamoDBDocumentClient;
  tableName: string;
}
export type LedgerKey = ReturnType<typeof ledgerKeys.asset>;
export type LedgerItem = Record<string, unknown>;

/** Faults that pass once others have finished: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const contentionNames = new Set(['TransactionConflictException', 'TransactionInProgressException']);

/** DynamoDB takes at most 100 keys in one BatchGetItem. */
const maxBatchGetKeys = 100;
const maxBatchGetRounds = 8;
/** And 25 writes in one BatchWriteItem. */
const maxBatchWrites = 25;
const maxBatchWriteRounds = 8;
const firstPauseMilliseconds = 50;

export const instantNow = (): string => new Date().toISOString();

/**
 * Awaits one call to DynamoDB; what the SDK's own retries did not get through goes back to the caller's workflow.
 * @throws RetryableError LedgerContentionError
 */
export async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && contentionNames.has(error.name)) throw busy(error);
    throw isPassingFault(error) ? busy(error) : error;
  }
}

const busy = (error: Error): RetryableError =>
  new RetryableError('LedgerContentionError', `the asset ledger is busy: ${error.message}`, { cause: error });

/** @returns true where the write went through, false where its condition did not hold. */
export async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await reach(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Every item of a query, page after page, up to `limit`. */
export async function queryAll(
  table: LedgerTable,
  query: Omit<QueryCommandInput, 'TableName'>,
  limit = Number.POSITIVE_INFINITY,
): Promise<LedgerItem[]> {
  const items: LedgerItem[] = [];
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page = await reach(
      table.client.send(new QueryCommand({ ...query, TableName: table.tableName, ExclusiveStartKey: start })),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && items.length < limit);
  return items.slice(0, limit);
}

/**
 * Items by their keys, in no order; keys without an item are left out.
 * @throws RetryableError LedgerContentionError where the table keeps leaving keys unread.
 */
export async function getAll(table: LedgerTable, keys: readonly LedgerKey[]): Promise<LedgerItem[]> {
  const items: LedgerItem[] = [];
  for (let at = 0; at < keys.length; at += maxBatchGetKeys) {
    let unread: LedgerItem[] = keys.slice(at, at + maxBatchGetKeys);
    for (let round = 0; unread.length > 0; round++) {
      if (round === maxBatchGetRounds)
        throw new RetryableError('LedgerContentionError', `the asset ledger left ${unread.length} records unread`);
      const answer = await reach(
        table.client.send(new BatchGetCommand({ RequestItems: { [table.tableName]: { Keys: unread } } })),
      );
      items.push(...(answer.Responses?.[table.tableName] ?? []));
      unread = answer.UnprocessedKeys?.[table.tableName]?.Keys ?? [];
    }
  }
  return items;
}

/**
 * Writes rows without a condition, or takes them away, in as few requests as they fit in. What one row needs of the
 * table it needs all the same; another request for each costs time.
 * @throws RetryableError LedgerContentionError where the table keeps leaving rows unwritten; others are written by then.
 */
export async function writeAll(
  { client, tableName }: LedgerTable,
  rows: { put?: readonly LedgerItem[]; remove?: readonly LedgerKey[] },
): Promise<void> {
  const requests = [
    ...(rows.put ?? []).map((Item) => ({ PutRequest: { Item } })),
    ...(rows.remove ?? []).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
  ];
  for (let at = 0; at < requests.length; at += maxBatchWrites) {
    let unwritten: NonNullable<BatchWriteCommandInput['RequestItems']>[string] = requests.slice(
      at,
      at + maxBatchWrites,
    );
    for (let round = 0; unwritten.length > 0; round++) {
      if (round === maxBatchWriteRounds)
        throw new RetryableError('LedgerContentionError', `the asset ledger left ${unwritten.length} rows unwritten`);
      if (round > 0) await delay(Math.random() * firstPauseMilliseconds * 2 ** round);
      const answer = await reach(client.send(new BatchWriteCommand({ RequestItems: { [tableName]: unwritten } })));
      unwritten = answer.UnprocessedItems?.[tableName] ?? [];
    }
  }
}
