import type { AssetLedger } from '../clients/asset-ledger.ts';
import { keyIn } from '../clients/asynchronous-endpoint.ts';
import { type MediaBucket, ObjectMissingError, ObjectTooLargeError } from '../clients/media-bucket.ts';
import type { WaitingTasks } from '../clients/workflow.ts';
import { type InferenceName, parseInferenceId } from '../contracts/keys.ts';
import type { InferenceResult } from '../contracts/models.ts';
import { FencedError } from '../runtime/errors.ts';
import { failureOf } from './inference-failure.ts';

export interface ReturnInferenceDependencies {
  ledger: Pick<AssetLedger, 'getInference' | 'completeInference' | 'failSending' | 'recordChunk'>;
  derived: Pick<MediaBucket, 'bucketName' | 'readBytes'>;
  tasks: Pick<WaitingTasks, 'succeed' | 'fail'>;
}

/** What a notification came to. `late`: nobody waits for it any more, which is no fault. */
export type Returned = 'succeeded' | 'failed' | 'late' | 'not ours';

const maxFailureBytes = 16 * 1024;

/**
 * Tells the workflow how an inference ended. A notification that comes late, twice, or after a newer sending of the
 * same chunk changes nothing.
 */
export async function returnInference(
  result: InferenceResult,
  dependencies: ReturnInferenceDependencies,
): Promise<Returned> {
  const name = parseInferenceId(result.inferenceId);
  if (name === undefined) return 'not ours';
  return result.invocationStatus === 'Completed'
    ? returnAnswer(name, result, dependencies)
    : returnFailure(name, result, dependencies);
}

async function returnAnswer(
  { assetId, run, chunk }: InferenceName,
  { responseParameters }: InferenceResult,
  { ledger, derived, tasks }: ReturnInferenceDependencies,
): Promise<Returned> {
  const outputKey = keyIn(derived.bucketName, responseParameters.outputLocation);
  if (outputKey === undefined) return 'not ours';
  const row = await ledger.completeInference({ assetId, run, chunk, outputKey });
  if (row === undefined) return 'late';
  try {
    await ledger.recordChunk(assetId, row.attempt, chunk);
  } catch (error) {
    if (error instanceof FencedError) return 'late';
    throw error;
  }
  return (await tasks.succeed(row.taskToken, { chunk })) ? 'succeeded' : 'late';
}

async function returnFailure(
  { assetId, run, chunk, sending }: InferenceName,
  result: InferenceResult,
  { ledger, derived, tasks }: ReturnInferenceDependencies,
): Promise<Returned> {
  const row = await ledger.getInference({ assetId, run, chunk });
  if (row === undefined || row.isDone || row.sendings !== sending) return 'late';
  const failureKey = keyIn(derived.bucketName, result.responseParameters.failureLocation) ?? row.failureKey;
  const said = failureKey ? await failureText(derived, failureKey) : undefined;
  if (!(await ledger.failSending(row))) return 'late';
  const isAwaited = await tasks.fail(row.taskToken, failureOf(result.failureReason, said));
  return isAwaited ? 'failed' : 'late';
}

/** What the model's container said; it is for people, so a part of it will do. */
async function failureText(derived: Pick<MediaBucket, 'readBytes'>, key: string): Promise<string | undefined> {
  try {
    return (await derived.readBytes({ key }, { maxBytes: maxFailureBytes })).toString('utf8');
  } catch (error) {
    if (error instanceof ObjectMissingError || error instanceof ObjectTooLargeError) return undefined;
    throw error;
  }
}
