import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  type EmbeddingProgress,
  type EmbeddingState,
  type EmbedVersion,
  embeddingKeys,
  embeddingProgressSchema,
  embeddingStateSchema,
} from '../contracts/embedding.ts';
import { holds, instantNow, type LedgerTable, reach } from './asset-ledger/table.ts';

/** Somebody else changed which version is current since it was read: look again and decide again. */
export class EmbeddingStateError extends Error {
  override readonly name = 'EmbeddingStateError';
}

/** Which version of the vectors is current: one item of the ledger's table, read consistently, changed by one write. */
export class EmbeddingStates {
  readonly #table: LedgerTable;
  readonly #origin: string;

  /** @param deployed what there is before anything was ever changed: the first of them is current */
  constructor(table: LedgerTable, deployed: readonly EmbedVersion[]) {
    this.#table = table;
    this.#origin = deployed[0]?.indexName ?? '';
  }

  async read(): Promise<EmbeddingState> {
    const item = await this.#get(embeddingKeys.state);
    return item === undefined
      ? { revision: 0, origin: this.#origin, current: this.#origin }
      : embeddingStateSchema.parse(item);
  }

  /**
   * The one write by which versions change places.
   * @param from the state on which the change was decided
   * @throws EmbeddingStateError where it is no longer that
   */
  async change(from: EmbeddingState, to: Pick<EmbeddingState, 'current' | 'other'>): Promise<EmbeddingState> {
    const state: EmbeddingState = {
      revision: from.revision + 1,
      origin: from.origin,
      ...to,
      changedAt: instantNow(),
    };
    const isChanged = await holds(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.tableName,
          Item: { ...embeddingKeys.state, ...state },
          ConditionExpression:
            from.revision === 0 ? 'attribute_not_exists(pk) OR revision = :from' : 'revision = :from',
          ExpressionAttributeValues: { ':from': from.revision },
        }),
      ),
    );
    if (!isChanged) throw new EmbeddingStateError('the current embedding version was changed in the meantime.');
    return state;
  }

  /** How far the walk of this revision is; nothing of an earlier one counts. */
  async readProgress(revision: number): Promise<EmbeddingProgress> {
    const item = await this.#get(embeddingKeys.pass);
    const progress = item === undefined ? undefined : embeddingProgressSchema.parse(item);
    return progress?.revision === revision ? progress : { revision };
  }

  /** A later revision's progress stays. */
  async writeProgress(progress: EmbeddingProgress): Promise<void> {
    await holds(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.tableName,
          Item: { ...embeddingKeys.pass, ...progress },
          ConditionExpression: 'attribute_not_exists(pk) OR revision <= :revision',
          ExpressionAttributeValues: { ':revision': progress.revision },
        }),
      ),
    );
  }

  async #get(Key: { pk: string; sk: string }): Promise<Record<string, unknown> | undefined> {
    const { tableName, client } = this.#table;
    const { Item } = await reach(client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true })));
    return Item;
  }
}
