import pRetry from 'p-retry';
import { EndpointAnswerError, type ModelEndpoint } from '../clients/model-endpoint.ts';
import { shotsResponseSchema } from '../contracts/models.ts';
import { RetryableError } from '../runtime/errors.ts';
import type { TransitionProbability } from './cuts.ts';
import { batchesOf, contextFrames, mapInOrder, maxWindowsPerRequest, windowFrames, windowStride } from './windows.ts';

/** A real-time endpoint answers within 60 s or not at all: https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html */
const timeoutMilliseconds = 60_000;
/** One decodes on while the other infers; more would only queue. */
const requestsInFlight = 2;
/** Repeating one request costs seconds, repeating the step costs the whole decode. */
const retry = { retries: 3, minTimeout: 1000, maxTimeout: 8000, randomize: true };

/**
 * Sends windows to the `shots` endpoint and puts the middles of the answers together.
 * @param windows buffers of 388,800 bytes on the grid of windows.ts
 * @returns both heads' probabilities of a transition at each frame, in batches as they come; the last ones may lie beyond the
 *   last frame, since the last window is filled up.
 * @throws what `ModelEndpoint.invokeJson` throws.
 */
export async function* transitionProbabilities(
  endpoint: Pick<ModelEndpoint, 'invokeJson'>,
  windows: AsyncIterable<Buffer>,
): AsyncGenerator<TransitionProbability[]> {
  yield* mapInOrder(batchesOf(windows, maxWindowsPerRequest), requestsInFlight, (batch) =>
    pRetry(() => askForBatch(endpoint, batch), {
      ...retry,
      shouldRetry: ({ error }) => error instanceof RetryableError,
    }),
  );
}

async function askForBatch(
  endpoint: Pick<ModelEndpoint, 'invokeJson'>,
  batch: Buffer[],
): Promise<TransitionProbability[]> {
  const request = {
    signature_name: 'serving_bytes',
    inputs: { windows: batch.map((window) => ({ b64: window.toString('base64') })) },
  };
  const { outputs } = await endpoint.invokeJson(request, shotsResponseSchema, { timeoutMilliseconds });
  const { single, many } = outputs;
  if ([single, many].some((head) => head.length !== batch.length || head.some(({ length }) => length !== windowFrames)))
    throw new EndpointAnswerError(`${batch.length} windows of ${windowFrames} frames were sent, others came back`);
  const kept = (head: number[][]) =>
    head.flatMap((window) => window.slice(contextFrames, contextFrames + windowStride));
  const ofMany = kept(many);
  return kept(single).map((probability, at) => ({ single: probability, many: ofMany[at] as number }));
}
