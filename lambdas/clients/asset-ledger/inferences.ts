import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { type InferenceRecord, inferenceRecordSchema, ledgerKeys } from '../../contracts/ledger.ts';
import { FencedError } from '../../runtime/errors.ts';
import { holds, instantNow, type LedgerTable, reach } from './table.ts';

/** Rows outlive the objects they point at, and no more. */
const keptDays = 14;
const secondsADay = 24 * 3600;

export type ChunkName = Pick<InferenceRecord, 'assetId' | 'run' | 'chunk'>;

const keyOf = ({ assetId, run, chunk }: ChunkName) => ledgerKeys.inference(assetId, run, chunk);

export async function getInference(table: LedgerTable, chunk: ChunkName): Promise<InferenceRecord | undefined> {
  const { Item } = await reach(
    table.client.send(new GetCommand({ TableName: table.tableName, Key: keyOf(chunk), ConsistentRead: true })),
  );
  return Item === undefined ? undefined : inferenceRecordSchema.parse(Item);
}

/**
 * Writes down who waits for a chunk from now on; whatever was waiting before has been given up by the workflow.
 * @returns the row with what earlier tries have left in it.
 * @throws FencedError where a later attempt waits for this chunk.
 */
export async function awaitInference(
  table: LedgerTable,
  { attempt, taskToken, ...chunk }: ChunkName & Pick<InferenceRecord, 'attempt' | 'taskToken'>,
): Promise<InferenceRecord> {
  const { assetId, run, chunk: number } = chunk;
  try {
    return await update(table, chunk, {
      UpdateExpression:
        'SET assetId = :assetId, #run = :run, chunk = :chunk, attempt = :attempt, taskToken = :taskToken, ' +
        'isDone = if_not_exists(isDone, :no), sendings = if_not_exists(sendings, :none), ' +
        'updatedAt = :now, expiresAt = :expiresAt',
      ConditionExpression: 'attribute_not_exists(attempt) OR attempt <= :attempt',
      ExpressionAttributeNames: { '#run': 'run' },
      ExpressionAttributeValues: {
        ':assetId': assetId,
        ':run': run,
        ':chunk': number,
        ':attempt': attempt,
        ':taskToken': taskToken,
        ':no': false,
        ':none': 0,
        ':now': instantNow(),
        ':expiresAt': Math.floor(Date.now() / 1000) + keptDays * secondsADay,
      },
    });
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new FencedError(`attempt ${attempt} of asset ${assetId} was overtaken while it waited for chunk ${number}`);
  }
}

/** Claims the next sending, before it is made. @returns its number; undefined where another run claimed it first. */
export async function claimSending(
  table: LedgerTable,
  { sendings, ...chunk }: ChunkName & Pick<InferenceRecord, 'sendings'>,
): Promise<number | undefined> {
  const isClaimed = await holds(
    update(table, chunk, {
      UpdateExpression:
        'SET sendings = :next, sentAt = :now, isDone = :no, updatedAt = :now REMOVE outputKey, failureKey',
      ConditionExpression: 'sendings = :sendings',
      ExpressionAttributeValues: { ':next': sendings + 1, ':sendings': sendings, ':no': false, ':now': instantNow() },
    }),
  );
  return isClaimed ? sendings + 1 : undefined;
}

/** Writes down where the endpoint said it would leave its answer. An answer that was faster stands. */
export async function confirmSending(
  table: LedgerTable,
  {
    sendings,
    outputKey,
    failureKey,
    ...chunk
  }: ChunkName & Pick<InferenceRecord, 'sendings' | 'outputKey' | 'failureKey'>,
): Promise<void> {
  await holds(
    update(table, chunk, {
      UpdateExpression: 'SET outputKey = :outputKey, failureKey = :failureKey, updatedAt = :now',
      ConditionExpression: 'sendings = :sendings AND isDone = :no',
      ExpressionAttributeValues: {
        ':outputKey': outputKey,
        ':failureKey': failureKey ?? '',
        ':sendings': sendings,
        ':no': false,
        ':now': instantNow(),
      },
    }),
  );
}

/** A sending has failed, or was never made: the next try may send again. Other sendings are left alone. */
export async function failSending(
  table: LedgerTable,
  { sendings, ...chunk }: ChunkName & Pick<InferenceRecord, 'sendings'>,
): Promise<boolean> {
  return holds(
    update(table, chunk, {
      UpdateExpression: 'SET updatedAt = :now REMOVE sentAt, outputKey',
      ConditionExpression: 'sendings = :sendings AND isDone = :no',
      ExpressionAttributeValues: { ':sendings': sendings, ':no': false, ':now': instantNow() },
    }),
  );
}

/** The answer lies there. @returns the row with the token of whoever waits now; undefined where nobody ever did. */
export async function completeInference(
  table: LedgerTable,
  { outputKey, ...chunk }: ChunkName & { outputKey: string },
): Promise<InferenceRecord | undefined> {
  try {
    return await update(table, chunk, {
      UpdateExpression: 'SET isDone = :yes, outputKey = :outputKey, updatedAt = :now',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':yes': true, ':outputKey': outputKey, ':now': instantNow() },
    });
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

async function update(
  table: LedgerTable,
  chunk: ChunkName,
  change: Omit<UpdateCommandInput, 'TableName' | 'Key' | 'ReturnValues'>,
): Promise<InferenceRecord> {
  const { Attributes } = await reach(
    table.client.send(
      new UpdateCommand({ TableName: table.tableName, Key: keyOf(chunk), ReturnValues: 'ALL_NEW', ...change }),
    ),
  );
  return inferenceRecordSchema.parse(Attributes);
}
