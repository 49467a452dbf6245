import type { ModelEndpoint } from '../../../lambdas/clients/model-endpoint.ts';
import { shotsRequestSchema } from '../../../lambdas/contracts/models.ts';
import { modelLimits } from './transition-settings.ts';

const frameBytes = 48 * 27 * 3;
/** Mean difference of a byte at which the double says "half likely". */
const halfLikely = 30;

/**
 * A double of the `shots` endpoint, not a model: the difference between a frame and its successor in the very windows
 * that it is sent. It speaks the endpoint's contract and throws on anything that breaks it. Like TransNetV2 it marks
 * the last frame before a cut.
 * @param windowFrames of every window that it takes: the archive's, unless said otherwise.
 */
export function colourDifferenceEndpoint({
  windowFrames,
}: {
  windowFrames: number;
} = modelLimits): Pick<ModelEndpoint, 'invokeJson'> & { requests: number[] } {
  const requests: number[] = [];
  return {
    requests,
    invokeJson: async (request, responseSchema) => {
      const { inputs } = shotsRequestSchema.parse(request);
      requests.push(inputs.windows.length);
      const single = inputs.windows.map(({ b64 }) => differences(Buffer.from(b64, 'base64'), windowFrames));
      return responseSchema.parse({ outputs: { single, many: single } });
    },
  };
}

function differences(window: Buffer, windowFrames: number): number[] {
  if (window.length !== frameBytes * windowFrames) throw new Error(`a window of ${window.length} bytes`);
  return Array.from({ length: windowFrames }, (_, frame) => {
    if (frame === windowFrames - 1) return 0;
    let sum = 0;
    for (let at = frame * frameBytes; at < (frame + 1) * frameBytes; at += 1)
      sum += Math.abs((window[at] ?? 0) - (window[at + frameBytes] ?? 0));
    const mean = sum / frameBytes;
    return mean / (mean + halfLikely);
  });
}
