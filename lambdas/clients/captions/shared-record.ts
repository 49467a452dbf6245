import { setTimeout as delay } from 'node:timers/promises';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { RetryableError } from '../../runtime/errors.ts';
import { holds, type LedgerKey, type LedgerTable, reach } from '../asset-ledger/table.ts';

/** Each round that one worker loses, another has won: hundreds of workers get through. */
const maxRounds = 200;
const shortestBackOffMilliseconds = 5;
const longestBackOffMilliseconds = 200;

/** One record that all workers change by pure functions, compared and swapped whole by its version. */
export interface SharedRecord<State> {
  read(): Promise<State>;
  /**
   * Applies a change to the newest state. It may be called several times, and writes nothing where `next` is left out.
   * @throws RetryableError LedgerContentionError where others keep changing it at the same moment.
   */
  change<Answer>(apply: (state: State) => { next?: State | undefined; answer: Answer }): Promise<Answer>;
}

/**
 * A shared record in the ledger's table.
 * @param initial what it is before anybody wrote it.
 * @param keepDays after which the table forgets it, counted from its last change; for ever where left out.
 */
export function sharedRecord<Schema extends z.ZodType>(
  table: LedgerTable,
  key: LedgerKey,
  { schema, initial, keepDays }: { schema: Schema; initial: z.infer<Schema>; keepDays?: number },
): SharedRecord<z.infer<Schema>> {
  type State = z.infer<Schema>;
  const { client, tableName: TableName } = table;
  const load = async (): Promise<{ state: State; version: number }> => {
    const { Item } = await reach(client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true })));
    return Item === undefined
      ? { state: initial, version: 0 }
      : { state: schema.parse(Item['state']), version: Number(Item['version']) };
  };
  const swap = (state: State, version: number): Promise<boolean> =>
    holds(
      client.send(
        new PutCommand({
          TableName,
          Item: { ...key, state, version: version + 1, ...(keepDays === undefined ? {} : expiry(keepDays)) },
          ...(version === 0
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: '#version = :version',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':version': version },
              }),
        }),
      ),
    );
  return {
    read: async () => (await load()).state,
    async change(apply) {
      for (let round = 0; round < maxRounds; round++) {
        const { state, version } = await load();
        const { next, answer } = apply(state);
        if (next === undefined || (await swap(next, version))) return answer;
        await delay(Math.random() * Math.min(longestBackOffMilliseconds, shortestBackOffMilliseconds * 2 ** round));
      }
      throw new RetryableError('LedgerContentionError', `${key.pk} is changed by too many workers at the same moment`);
    },
  };
}

/** The table's time to live, in seconds since the epoch. */
const expiry = (days: number) => ({ expiresAt: Math.floor(Date.now() / 1000) + days * 24 * 3600 });
