import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type EffectRow, effectRowSchema } from '../../contracts/side-effects.ts';
import type { EffectStore } from './side-effects.ts';
import { holds, type LedgerKey, type LedgerTable, reach } from './table.ts';

/**
 * Keeps effects in the ledger's table, each as the attribute `effect` of its item. A row is compared whole, which
 * DynamoDB does for maps too: whatever has happened to it since it was read, the write does not go through.
 */
export class EffectTable implements EffectStore {
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  async read(key: LedgerKey): Promise<EffectRow | undefined> {
    const { Item } = await reach(
      this.#table.client.send(
        new GetCommand({
          TableName: this.#table.tableName,
          Key: key,
          ConsistentRead: true,
          ProjectionExpression: 'effect',
        }),
      ),
    );
    return Item?.['effect'] === undefined ? undefined : effectRowSchema.parse(Item['effect']);
  }

  swap(key: LedgerKey, seen: EffectRow | undefined, next: EffectRow): Promise<boolean> {
    return holds(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.tableName,
          Key: key,
          UpdateExpression: 'SET effect = :next',
          ConditionExpression: seen === undefined ? 'attribute_not_exists(effect)' : 'effect = :seen',
          ExpressionAttributeValues: { ':next': next, ...(seen === undefined ? {} : { ':seen': seen }) },
        }),
      ),
    );
  }
}
