import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type InferenceRecord, inferenceRecordSchema, ledgerKeys } from '../../contracts/ledger.ts';
import { FencedError, RetryableError } from '../../runtime/errors.ts';
import { isAbsentOr, isAtMost } from './conditions.ts';
import { EffectTable } from './effect-table.ts';
import { type Claim, type ClaimAnswer, claimOf, SideEffects } from './side-effects.ts';
import { instantNow, type LedgerTable, reach } from './table.ts';

/** Rows outlive the objects they point at, and no more. */
const keptDays = 14;
const secondsADay = 24 * 3600;
/** Each round lost is somebody else's sending of the same chunk. */
const maxRounds = 5;

/** Where the endpoint leaves its answer, or says that it will. */
const answerPlaceSchema = z.object({ outputKey: z.string(), failureKey: z.string().optional() });
export type AnswerPlace = z.infer<typeof answerPlaceSchema>;

export type ChunkName = Pick<InferenceRecord, 'assetId' | 'run' | 'chunk'>;
export type SendingClaim = Claim<AnswerPlace>;

const keyOf = ({ assetId, run, chunk }: ChunkName) => ledgerKeys.inference(assetId, run, chunk);

/**
 * Chunks at the asynchronous endpoint. A sending is claimed, sent, and prolonged for as long as the endpoint may take,
 * with the place where the answer will lie; its end is told to another function, which confirms or releases it. Who
 * waits for the answer stands beside it, for that changes with every try of the workflow.
 */
export class Inferences {
  readonly #table: LedgerTable;
  readonly #sendings: SideEffects<AnswerPlace>;

  constructor(table: LedgerTable) {
    this.#table = table;
    this.#sendings = new SideEffects(new EffectTable(table), answerPlaceSchema);
  }

  async get(chunk: ChunkName): Promise<InferenceRecord | undefined> {
    const { Item } = await reach(
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.tableName, Key: keyOf(chunk), ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : recordOf(Item);
  }

  /**
   * Writes down who waits for a chunk from now on; whatever was waiting before has been given up by the workflow.
   * @returns the row with what earlier tries have left in it.
   * @throws FencedError where a later attempt waits for this chunk.
   */
  async await({
    attempt,
    taskToken,
    ...name
  }: ChunkName & Pick<InferenceRecord, 'attempt' | 'taskToken'>): Promise<InferenceRecord> {
    const { assetId, run, chunk } = name;
    const isLatest = isAbsentOr(isAtMost('attempt', attempt));
    try {
      const { Attributes } = await reach(
        this.#table.client.send(
          new UpdateCommand({
            TableName: this.#table.tableName,
            Key: keyOf(name),
            ReturnValues: 'ALL_NEW',
            UpdateExpression:
              'SET assetId = :assetId, #run = :run, chunk = :chunk, attempt = :attempt, taskToken = :taskToken, ' +
              'updatedAt = :now, expiresAt = :expiresAt',
            ConditionExpression: isLatest.ConditionExpression,
            ExpressionAttributeNames: { ...isLatest.ExpressionAttributeNames, '#run': 'run' },
            ExpressionAttributeValues: {
              ...isLatest.ExpressionAttributeValues,
              ':assetId': assetId,
              ':run': run,
              ':chunk': chunk,
              ':attempt': attempt,
              ':taskToken': taskToken,
              ':now': instantNow(),
              ':expiresAt': Math.floor(Date.now() / 1000) + keptDays * secondsADay,
            },
          }),
        ),
      );
      return recordOf(Attributes);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new FencedError(`attempt ${attempt} of asset ${assetId} was overtaken while it waited for chunk ${chunk}`);
    }
  }

  /** Claims the next sending, before it is made; its fence is the sending's number. */
  claim(row: InferenceRecord, wish: { owner: string; leaseSeconds: number }): Promise<ClaimAnswer<AnswerPlace>> {
    return this.#sendings.claim(keyOf(row), wish, row.effect);
  }

  /** The endpoint has the chunk and said where its answer will lie. An answer that was faster stands. */
  async expect(claim: SendingClaim, expected: AnswerPlace, leaseSeconds: number): Promise<void> {
    await this.#sendings.renew(claim, { leaseSeconds, expected });
  }

  /** A sending has failed: the next try may send again. @returns false where it is no longer the last one. */
  async fail(row: InferenceRecord): Promise<boolean> {
    return row.effect !== undefined && this.#sendings.release(claimOf(keyOf(row), row.effect, answerPlaceSchema));
  }

  /** The answer that was confirmed is no longer in the bucket: the next try may send again. @returns the row since. */
  async reopen(row: InferenceRecord): Promise<InferenceRecord> {
    if (row.effect === undefined) return row;
    await this.#sendings.reopen(claimOf(keyOf(row), row.effect, answerPlaceSchema));
    return (await this.get(row)) ?? row;
  }

  /**
   * The answer lies there, whichever sending it belongs to: of the same windows it is the same.
   * @returns the row with the token of whoever waits now; undefined where nobody has asked for it, or it was given up.
   */
  async complete({ outputKey, ...chunk }: ChunkName & { outputKey: string }): Promise<InferenceRecord | undefined> {
    for (let round = 0; round < maxRounds; round++) {
      const row = await this.get(chunk);
      if (row?.effect === undefined || row.effect.state === 'released') return undefined;
      if (row.isDone) return row;
      try {
        await this.#sendings.confirm(claimOf(keyOf(chunk), row.effect, answerPlaceSchema), { outputKey });
      } catch (error) {
        if (!(error instanceof FencedError)) throw error;
      }
      // Read once more: who began to wait before the confirmation is told of it, who begins after it sees it.
    }
    throw new RetryableError('LedgerContentionError', `chunk ${chunk.chunk} of asset ${chunk.assetId} is sent again`);
  }
}

function recordOf(item: Record<string, unknown> | undefined): InferenceRecord {
  const row = inferenceRecordSchema.omit({ sendings: true, isDone: true }).parse(item);
  const { effect } = row;
  const place = answerPlaceSchema.safeParse(effect?.state === 'confirmed' ? effect.result : effect?.expected).data;
  return { ...row, ...place, sendings: effect?.fence ?? 0, isDone: effect?.state === 'confirmed' };
}
