import type { ModelEndpoint } from '../../lambdas/clients/model-endpoint.ts';
import { type ShotsModel, shotsResponseSchema } from '../../lambdas/contracts/models.ts';
import type { TransitionProbability } from '../../lambdas/detection/cuts.ts';
import { detectTransitions } from '../../lambdas/detection/detect-transitions.ts';
import { FrameObserver } from '../../lambdas/detection/frame-look.ts';
import type { EndedShot } from '../../lambdas/detection/transition-tracker.ts';
import { batchesOf, windowsOf } from '../../lambdas/detection/windows.ts';
import { geometries } from '../../lambdas/live/geometry.ts';
import { LiveDetector } from '../../lambdas/live/live-detector.ts';
import { middlesOf } from '../../lambdas/shots/stitch.ts';
import { windowRequest } from '../../lambdas/shots/window-request.ts';

interface Detection {
  endpoint: Pick<ModelEndpoint, 'invokeJson'>;
  model: ShotsModel;
}
const framesPerSecond = 25;
const timeoutMilliseconds = 60_000;

async function* streamOf<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** The archive's way over decoded frames: its windows, its requests, its stitching, its tracker. */
export async function archiveShots(frames: readonly Buffer[], { endpoint, model }: Detection): Promise<EndedShot[]> {
  const { limits, postprocessing: settings } = model;
  const probabilities: TransitionProbability[] = [];
  for await (const batch of batchesOf(windowsOf(streamOf(frames), limits), limits.maxBatch)) {
    const parts: Buffer[] = [];
    for await (const part of windowRequest(streamOf(batch))) parts.push(part);
    const request: unknown = JSON.parse(Buffer.concat(parts).toString('latin1'));
    const answer = await endpoint.invokeJson(request, shotsResponseSchema, { timeoutMilliseconds });
    const left = Math.min(batch.length * limits.strideFrames, frames.length - probabilities.length);
    probabilities.push(...middlesOf(answer, left, limits));
  }
  const observer = new FrameObserver();
  const judged = frames.map((frame, at) => ({
    look: observer.look(frame),
    ...(probabilities[at] as TransitionProbability),
  }));
  return detectTransitions(judged, { settings, framesPerSecond });
}

/** The live detector's way over the same frames, at a stride of one's choosing. */
export async function replayedShots(
  frames: readonly Buffer[],
  { endpoint, model }: Detection,
  geometry = geometries.normal,
): Promise<EndedShot[]> {
  const found: EndedShot[] = [];
  const detector = new LiveDetector({
    endpoint,
    model,
    geometry,
    framesPerSecond,
    onShots: (shots) => found.push(...shots),
  });
  for (const frame of frames) detector.push(frame);
  await detector.flush();
  return found;
}
