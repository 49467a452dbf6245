import type { z } from 'zod';
import { EndpointAnswerError } from '../clients/model-endpoint.ts';
import type { shotsResponseSchema } from '../contracts/models.ts';
import type { TransitionProbability } from '../detection/cuts.ts';
import type { WindowGeometry } from '../detection/windows.ts';

/**
 * The middles of a chunk's windows laid end to end: one entry for each of its own frames.
 * @throws EndpointAnswerError where the answer holds other windows than the chunk has.
 */
export function middlesOf(
  { outputs: { single, many } }: z.infer<typeof shotsResponseSchema>,
  frameCount: number,
  { windowFrames, contextFrames, strideFrames }: WindowGeometry,
): TransitionProbability[] {
  const windows = Math.ceil(frameCount / strideFrames);
  if ([single, many].some((head) => head.length !== windows || head.some(({ length }) => length !== windowFrames)))
    throw new EndpointAnswerError(
      `${windows} windows of ${windowFrames} frames were sent to the shots endpoint, ${single.length} came back`,
    );
  return Array.from({ length: frameCount }, (_, frame) => {
    const window = Math.floor(frame / strideFrames);
    const place = contextFrames + (frame % strideFrames);
    return { single: single[window]?.[place] ?? 0, many: many[window]?.[place] ?? 0 };
  });
}
