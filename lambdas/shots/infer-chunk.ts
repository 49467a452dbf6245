import { type AssetLedger, isHeld } from '../clients/asset-ledger.ts';
import type { AsynchronousEndpoint } from '../clients/asynchronous-endpoint.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { WaitingTasks } from '../clients/workflow.ts';
import { executionName, inferenceId, shotsWorkKeys } from '../contracts/keys.ts';
import type { InferenceRecord } from '../contracts/ledger.ts';
import type { InferChunkInput } from '../contracts/workflow.ts';
import { RetryableError } from '../runtime/errors.ts';

export interface InferChunkDependencies {
  ledger: Pick<
    AssetLedger,
    'awaitInference' | 'claimSending' | 'expectAnswer' | 'reopenSending' | 'completeInference' | 'recordChunk'
  >;
  derived: Pick<MediaBucket, 'bucketName' | 'head'>;
  endpoint: Pick<AsynchronousEndpoint, 'send'>;
  tasks: Pick<WaitingTasks, 'succeed'>;
  /** As long as the workflow waits for an answer. */
  inferenceSeconds: number;
}

/** `found`: the answer was there already; `sent`: it will come; `under way`: it was sent before and will come. */
export type Sending = 'found' | 'sent' | 'under way';

/** Longer than the endpoint takes to take a chunk in. A try of the same attempt need not wait for it. */
const sendSeconds = 60;

/**
 * Sends a chunk's windows to the endpoint, unless an earlier try has: an answer that lies there ends the task at once,
 * and one that may still come is waited for. The row in the ledger holds the token until then.
 * @throws what `AsynchronousEndpoint.send` throws, after which the attempt's next try sends again; RetryableError
 *   where another attempt is about to send; FencedError.
 */
export async function inferChunk(input: InferChunkInput, dependencies: InferChunkDependencies): Promise<Sending> {
  const { ledger, derived, inferenceSeconds } = dependencies;
  const { assetId, attempt, run, chunk, taskToken } = input;
  const row = await ledger.awaitInference({ assetId, run, chunk, attempt, taskToken });
  const answered = await answeredRow(row, derived);
  if (answered !== undefined) return takeAnswer(input, dependencies, answered);
  if (isUnderWay(row)) return 'under way';
  const open = row.isDone ? await ledger.reopenSending(row) : row;
  const owner = `${executionName(assetId, attempt)}/shots/${chunk}`;
  const answer = await ledger.claimSending(open, { owner, leaseSeconds: sendSeconds });
  if (answer.state === 'confirmed') return takeAnswer(input, dependencies, answer.result.outputKey);
  if (answer.state === 'held')
    throw new RetryableError('LedgerContentionError', `another attempt is about to send chunk ${chunk}`);
  const place = await dependencies.endpoint.send({
    bucketName: derived.bucketName,
    inputKey: shotsWorkKeys.windows(assetId, run, chunk),
    inferenceId: inferenceId({ assetId, run, chunk, sending: answer.claim.fence }),
    withinSeconds: inferenceSeconds,
  });
  await ledger.expectAnswer(answer.claim, place, inferenceSeconds);
  return 'sent';
}

async function takeAnswer(
  { assetId, attempt, run, chunk, taskToken }: InferChunkInput,
  { ledger, tasks }: InferChunkDependencies,
  outputKey: string,
): Promise<Sending> {
  const completed = await ledger.completeInference({ assetId, run, chunk, outputKey });
  await ledger.recordChunk(assetId, attempt, chunk);
  await tasks.succeed(completed?.taskToken ?? taskToken, { chunk });
  return 'found';
}

/** Also where the notification was lost on its way: what counts is that the answer lies in the bucket. */
async function answeredRow(
  { outputKey }: InferenceRecord,
  derived: Pick<MediaBucket, 'head'>,
): Promise<string | undefined> {
  if (outputKey === undefined) return undefined;
  return (await derived.head({ key: outputKey })) === undefined ? undefined : outputKey;
}

/**
 * Sent, and the answer may still come: the endpoint drops what it has not begun by then, so that an older request will
 * never be answered. What was claimed and not sent is not waited for.
 */
const isUnderWay = ({ effect, outputKey }: InferenceRecord): boolean =>
  effect !== undefined && outputKey !== undefined && isHeld(effect, new Date());
