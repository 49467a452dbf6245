import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type CaptionUse,
  captionKeys,
  captionUseSchema,
  type WaitingCaptions,
  waitingCaptionsSchema,
  waitingPk,
  waitingShards,
} from '../../contracts/captions.ts';
import { ledgerIndexes } from '../../contracts/ledger.ts';
import { getAll, holds, type LedgerTable, queryAll, reach } from '../asset-ledger/table.ts';

const waitingIndexKeys = ({ assetId, dueAt }: Pick<WaitingCaptions, 'assetId' | 'dueAt'>) => ({
  unsettledPk: waitingPk(Number.parseInt(assetId.slice(0, 2), 16) % waitingShards),
  unsettledSk: `${new Date(dueAt).toISOString()}#${assetId}`,
});

/** Which captions stand in which documents, and which assets wait for theirs. */
export class CaptionRecords {
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  /** Notes which caption a document shows, or will show once it is paid for. The last word stands. */
  async recordUse(use: CaptionUse): Promise<void> {
    const { client, tableName } = this.#table;
    const Item = { ...captionKeys.use(use.assetId, use.documentId), ...captionUseSchema.parse(use) };
    await reach(client.send(new PutCommand({ TableName: tableName, Item })));
  }

  async findUse(assetId: string, documentId: string): Promise<CaptionUse | undefined> {
    const { client, tableName } = this.#table;
    const { Item } = await reach(
      client.send(
        new GetCommand({ TableName: tableName, Key: captionKeys.use(assetId, documentId), ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : captionUseSchema.parse(Item);
  }

  async findWaiting(assetId: string): Promise<WaitingCaptions | undefined> {
    const { client, tableName } = this.#table;
    const { Item } = await reach(
      client.send(new GetCommand({ TableName: tableName, Key: captionKeys.waiting(assetId), ConsistentRead: true })),
    );
    return Item === undefined ? undefined : waitingCaptionsSchema.parse(Item);
  }

  async putWaiting(waiting: WaitingCaptions): Promise<void> {
    const { client, tableName } = this.#table;
    const record = waitingCaptionsSchema.parse(waiting);
    const Item = { ...captionKeys.waiting(record.assetId), ...record, ...waitingIndexKeys(record) };
    await reach(client.send(new PutCommand({ TableName: tableName, Item })));
  }

  /** Nothing waits any more. */
  async forgetWaiting(assetId: string): Promise<void> {
    const { client, tableName } = this.#table;
    await reach(client.send(new DeleteCommand({ TableName: tableName, Key: captionKeys.waiting(assetId) })));
  }

  /**
   * Puts the next try off, as long as the row is the one that was seen.
   * @returns false where somebody has changed or forgotten it since.
   */
  postpone(seen: WaitingCaptions, next: Pick<WaitingCaptions, 'dueAt' | 'tries' | 'attempt'>): Promise<boolean> {
    const { client, tableName } = this.#table;
    const keys = waitingIndexKeys({ ...seen, ...next });
    return holds(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: captionKeys.waiting(seen.assetId),
          UpdateExpression:
            'SET dueAt = :dueAt, tries = :tries, attempt = :attempt, unsettledPk = :pk, unsettledSk = :sk',
          ConditionExpression: 'dueAt = :seenDueAt AND tries = :seenTries',
          ExpressionAttributeValues: {
            ':dueAt': next.dueAt,
            ':tries': next.tries,
            ':attempt': next.attempt,
            ':pk': keys.unsettledPk,
            ':sk': keys.unsettledSk,
            ':seenDueAt': seen.dueAt,
            ':seenTries': seen.tries,
          },
        }),
      ),
    );
  }

  /** Waiting assets by when they are due, the longest due first, `limit` at most. */
  async listWaiting({ dueBefore, limit }: { dueBefore: string; limit: number }): Promise<WaitingCaptions[]> {
    const shards = await Promise.all(
      Array.from({ length: waitingShards }, (_, shard) =>
        queryAll(
          this.#table,
          {
            IndexName: ledgerIndexes.unsettled,
            KeyConditionExpression: 'unsettledPk = :pk AND unsettledSk <= :to',
            ExpressionAttributeValues: { ':pk': waitingPk(shard), ':to': `${dueBefore}#~` },
            Limit: limit,
          },
          limit,
        ),
      ),
    );
    const found = shards
      .flat()
      .map((item) => String(item['unsettledSk']))
      .sort()
      .slice(0, limit)
      .map((sk) => sk.split('#')[1] ?? '');
    const items = await getAll(this.#table, found.map(captionKeys.waiting));
    return items
      .map((item) => waitingCaptionsSchema.parse(item))
      .filter(({ dueAt }) => dueAt <= dueBefore)
      .sort((a, b) => a.dueAt.localeCompare(b.dueAt) || a.assetId.localeCompare(b.assetId));
  }

  /** How many assets wait, counted up to a bound: a status page must not walk over millions. */
  async countWaiting(atMost: number): Promise<number> {
    const shards = await Promise.all(
      Array.from({ length: waitingShards }, (_, shard) =>
        queryAll(
          this.#table,
          {
            IndexName: ledgerIndexes.unsettled,
            KeyConditionExpression: 'unsettledPk = :pk',
            ExpressionAttributeValues: { ':pk': waitingPk(shard) },
            ProjectionExpression: 'pk',
            Limit: atMost,
          },
          atMost,
        ),
      ),
    );
    return Math.min(atMost, shards.flat().length);
  }
}
