import type { WindowGeometry } from '../contracts/models.ts';

/**
 * How a shot model looks at a video: `windowFrames` frames every `strideFrames`, on one grid from frame 0. The
 * `strideFrames` after the first `contextFrames` of a window count; the others are context
 * (https://github.com/soCzech/TransNetV2, `predict_frames`, has 100, 50 and 25).
 */
export type { WindowGeometry };

/**
 * Turns a whole video's frames into windows, keeping no more than one window's frames in memory. Before the first and
 * after the last frame stand copies of it, so that a window is always full.
 * @returns ceil(frames / strideFrames) windows, each its frames laid end to end; none where there are no frames.
 */
export async function* windowsOf(frames: AsyncIterable<Buffer>, geometry: WindowGeometry): AsyncGenerator<Buffer> {
  yield* windowsOfChunk(frames, geometry, { firstFrame: 0, frameCount: undefined });
}

/**
 * The windows that a chunk adds to those of the whole video, byte for byte.
 * @param frames the chunk's own frames with `contextFrames` before them, fewer where the video begins, and as many
 *   after them as its last window reaches, fewer where the video ends.
 * @param firstFrame the chunk's first own frame, on the grid; `frameCount` of its own frames, undefined where the
 *   chunk is the whole video.
 */
export async function* windowsOfChunk(
  frames: AsyncIterable<Buffer>,
  { windowFrames, contextFrames, strideFrames }: WindowGeometry,
  { firstFrame, frameCount }: { firstFrame: number; frameCount: number | undefined },
): AsyncGenerator<Buffer> {
  const copiesBefore = Math.max(0, contextFrames - firstFrame);
  const mostWindows = frameCount === undefined ? Number.POSITIVE_INFINITY : Math.ceil(frameCount / strideFrames);
  let held: Buffer[] = [];
  let received = 0;
  let sent = 0;
  let last: Buffer | undefined;
  for await (const frame of frames) {
    if (received === 0) held = Array.from({ length: copiesBefore }, () => frame);
    held.push(frame);
    received += 1;
    last = frame;
    if (held.length === windowFrames && sent < mostWindows) {
      yield Buffer.concat(held);
      sent += 1;
      held = held.slice(strideFrames);
    } else if (held.length > windowFrames) held.length = windowFrames;
  }
  if (last === undefined) return;
  const windows = frameCount === undefined ? Math.ceil(received / strideFrames) : mostWindows;
  while (sent < windows) {
    while (held.length < windowFrames) held.push(last);
    yield Buffer.concat(held);
    sent += 1;
    held = held.slice(strideFrames);
  }
}

/** Groups of at most `size` items, in order. */
export async function* batchesOf<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Runs work on items, so many at once, and answers in the order of the items; reads on only when a place is free. */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited below, perhaps after another one has failed.
    result.catch(() => {});
    running.push(result);
    if (running.length >= concurrency) yield await (running.shift() as Promise<Result>);
  }
  while (running.length > 0) yield await (running.shift() as Promise<Result>);
}
