import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

/** Units of DynamoDB's on-demand capacity. */
export interface ConsumedUnits {
  read: number;
  write: number;
}

const consumedSchema = z.object({ CapacityUnits: z.number() });
/** A batch may be of several tables and answers a list. */
const unitsSchema = z.object({ ConsumedCapacity: z.union([consumedSchema, z.array(consumedSchema)]).optional() });
const readAnswerSchema = z.object({
  Item: z.unknown().optional(),
  Items: z.array(z.unknown()).optional(),
  Responses: z.record(z.string(), z.array(z.unknown())).optional(),
});
const readCommandNames = new Set(['GetItemCommand', 'QueryCommand', 'BatchGetItemCommand']);
const bytesPerReadUnit = 4096;

/**
 * Counts what a client's requests consume. Writes are counted as DynamoDB answers them, with those of the indexes that
 * they touch; a write whose condition does not hold costs its one unit or more, which no answer tells. Reads are
 * counted by the size of what they bring, each item of a batch for itself: the emulator counts a page as one unit.
 */
export function countCapacity(client: DynamoDBDocumentClient): { take(): ConsumedUnits } {
  let units: ConsumedUnits = { read: 0, write: 0 };
  client.middlewareStack.add(
    (next, context) => async (request) => {
      const input = request.input as Record<string, unknown>;
      const isRead = readCommandNames.has(String(context['commandName']));
      try {
        const answer = await next({ ...request, input: { ...input, ReturnConsumedCapacity: 'INDEXES' } });
        if (isRead) units.read += readUnits(answer.output, input['ConsistentRead'] === true);
        else units.write += writeUnits(answer.output);
        return answer;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) units.write += 1;
        throw error;
      }
    },
    { step: 'initialize', name: 'countCapacity', priority: 'low' },
  );
  return {
    take: () => {
      const taken = units;
      units = { read: 0, write: 0 };
      return taken;
    },
  };
}

function writeUnits(output: unknown): number {
  const { ConsumedCapacity: consumed } = unitsSchema.parse(output);
  if (consumed === undefined) return Number.NaN;
  return [consumed].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}

function readUnits(output: unknown, isConsistent: boolean): number {
  const { Item, Items, Responses } = readAnswerSchema.parse(output);
  const each = isConsistent ? 1 : 0.5;
  const unitsOf = (items: unknown) =>
    each * Math.max(1, Math.ceil(Buffer.byteLength(JSON.stringify(items ?? null)) / bytesPerReadUnit));
  if (Responses === undefined) return unitsOf(Items ?? Item);
  return Object.values(Responses)
    .flat()
    .reduce((sum: number, item) => sum + unitsOf(item), 0);
}
