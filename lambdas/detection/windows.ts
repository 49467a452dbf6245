/**
 * TransNetV2's windows (https://github.com/soCzech/TransNetV2, `predict_frames`): 100 frames every 50, on one grid
 * from frame 0. The middle 50 of a window count; the 25 on either side are context. Before the first and after the
 * last frame of the video stand copies of it, so that a window is always full.
 */
export const windowFrames = 100;
export const windowStride = 50;
export const contextFrames = 25;

/** Windows a request carries at most: 11 of 518,400 bytes in base64 stay below 6 MiB. */
export const maxWindowsPerRequest = 11;

/**
 * Turns frames into windows, keeping no more than one window's frames in memory.
 * @returns ceil(frames / 50) windows of 100 frames laid end to end; none where there are no frames.
 */
export async function* windowsOf(frames: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let received = 0;
  let sent = 0;
  let last: Buffer | undefined;
  for await (const frame of frames) {
    if (received === 0) held = Array.from({ length: contextFrames }, () => frame);
    held.push(frame);
    received += 1;
    last = frame;
    if (held.length === windowFrames) {
      yield Buffer.concat(held);
      sent += 1;
      held = held.slice(windowStride);
    }
  }
  if (last === undefined) return;
  while (sent * windowStride < received) {
    while (held.length < windowFrames) held.push(last);
    yield Buffer.concat(held);
    sent += 1;
    held = held.slice(windowStride);
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
