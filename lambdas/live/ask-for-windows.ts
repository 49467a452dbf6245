import { EndpointAnswerError, type ModelEndpoint } from '../clients/model-endpoint.ts';
import { shotsResponseSchema } from '../contracts/models.ts';
import type { TransitionProbability } from '../detection/cuts.ts';
import { frameSize } from '../detection/frames.ts';
import type { LiveWindow } from './window-stream.ts';

/** Longer than a slow machine takes for a full request; a feed cannot wait for an endpoint's own 60 s. */
const timeoutMilliseconds = 15_000;

/**
 * Asks the real-time endpoint for some windows at once.
 * @returns both heads' probabilities of the frames that count, in order.
 * @throws what `ModelEndpoint.invokeJson` throws; EndpointAnswerError where other numbers come than were asked for.
 */
export async function askForWindows(
  endpoint: Pick<ModelEndpoint, 'invokeJson'>,
  windows: readonly LiveWindow[],
): Promise<TransitionProbability[]> {
  const request = {
    signature_name: 'serving_bytes',
    inputs: { windows: windows.map(({ bytes }) => ({ b64: bytes.toString('base64') })) },
  };
  const { outputs } = await endpoint.invokeJson(request, shotsResponseSchema, { timeoutMilliseconds });
  return windows.flatMap(({ bytes, offset, count }, at) => {
    const single = outputs.single[at] ?? [];
    const many = outputs.many[at] ?? [];
    if (single.length !== bytes.length / frameSize.bytes || many.length !== single.length)
      throw new EndpointAnswerError(`window ${at} of ${windows.length} came back with ${single.length} numbers`);
    return Array.from({ length: count }, (_, frame) => ({
      single: single[offset + frame] as number,
      many: many[offset + frame] as number,
    }));
  });
}
