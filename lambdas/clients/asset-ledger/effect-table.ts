import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type EffectRow, effectRowSchema } from '../../contracts/side-effects.ts';
import type { DocumentRows } from './documents.ts';
import { suspectDoubles } from './suspects.ts';
import { holds, type LedgerKey, type LedgerTable, queryAll, reach } from './table.ts';

/**
 * Keeps effects in the ledger's table, each as the attribute `effect` of its item. A row is compared whole, which
 * DynamoDB does for maps too: whatever has happened to it since it was read, the write does not go through.
 */
export class EffectTable implements DocumentRows {
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

  remove(key: LedgerKey, seen: EffectRow): Promise<boolean> {
    return holds(
      this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.tableName,
          Key: key,
          ConditionExpression: 'effect = :seen',
          ExpressionAttributeValues: { ':seen': seen },
        }),
      ),
    );
  }

  /** The effects of one partition, as last written. */
  async list(pk: string, skPrefix: string): Promise<{ sk: string; row: EffectRow }[]> {
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': skPrefix },
      ConsistentRead: true,
    });
    return items.map((item) => ({ sk: String(item['sk']), row: effectRowSchema.parse(item['effect']) }));
  }

  suspectDoubles(assetId: string): Promise<void> {
    return suspectDoubles(this.#table, assetId);
  }
}
