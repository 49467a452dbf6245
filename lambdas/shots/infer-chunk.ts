import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { AsynchronousEndpoint } from '../clients/asynchronous-endpoint.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { WaitingTasks } from '../clients/workflow.ts';
import { inferenceId, shotsWorkKeys } from '../contracts/keys.ts';
import type { InferenceRecord } from '../contracts/ledger.ts';
import type { InferChunkInput } from '../contracts/workflow.ts';

export interface InferChunkDependencies {
  ledger: Pick<
    AssetLedger,
    'awaitInference' | 'claimSending' | 'confirmSending' | 'failSending' | 'completeInference' | 'recordChunk'
  >;
  derived: Pick<MediaBucket, 'bucketName' | 'head'>;
  endpoint: Pick<AsynchronousEndpoint, 'send'>;
  tasks: Pick<WaitingTasks, 'succeed'>;
  /** As long as the workflow waits for an answer. */
  inferenceSeconds: number;
}

/** `found`: the answer was there already; `sent`: it will come; `under way`: it was sent before and will come. */
export type Sending = 'found' | 'sent' | 'under way';

/**
 * Sends a chunk's windows to the endpoint, unless an earlier try has: an answer that lies there ends the task at once,
 * and one that may still come is waited for. The row in the ledger holds the token until then.
 * @throws what `AsynchronousEndpoint.send` throws, after which the chunk may be sent again; FencedError.
 */
export async function inferChunk(input: InferChunkInput, dependencies: InferChunkDependencies): Promise<Sending> {
  const { ledger, derived, endpoint, tasks, inferenceSeconds } = dependencies;
  const { assetId, attempt, run, chunk, taskToken } = input;
  const name = { assetId, run, chunk };
  const row = await ledger.awaitInference({ ...name, attempt, taskToken });
  const answered = await answeredRow(row, derived);
  if (answered !== undefined) {
    const completed = await ledger.completeInference({ ...name, outputKey: answered });
    await ledger.recordChunk(assetId, attempt, chunk);
    await tasks.succeed(completed?.taskToken ?? taskToken, { chunk });
    return 'found';
  }
  if (isUnderWay(row, inferenceSeconds)) return 'under way';
  const sending = await ledger.claimSending({ ...name, sendings: row.sendings });
  if (sending === undefined) return 'under way';
  try {
    const sent = await endpoint.send({
      bucketName: derived.bucketName,
      inputKey: shotsWorkKeys.windows(assetId, run, chunk),
      inferenceId: inferenceId({ ...name, sending }),
      withinSeconds: inferenceSeconds,
    });
    await ledger.confirmSending({ ...name, sendings: sending, ...sent });
    return 'sent';
  } catch (error) {
    await ledger.failSending({ ...name, sendings: sending });
    throw error;
  }
}

/** Also where the notification was lost on its way: what counts is that the answer lies in the bucket. */
async function answeredRow(
  { outputKey }: InferenceRecord,
  derived: Pick<MediaBucket, 'head'>,
): Promise<string | undefined> {
  if (!outputKey) return undefined;
  return (await derived.head({ key: outputKey })) === undefined ? undefined : outputKey;
}

/** The endpoint drops what it has not begun by then, so that an older request will never be answered. */
const isUnderWay = ({ sentAt, isDone }: InferenceRecord, withinSeconds: number): boolean =>
  !isDone && sentAt !== undefined && Date.now() - Date.parse(sentAt) < withinSeconds * 1000;
