import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../../lambdas/detection/frames.ts';
import { batchesOf, mapInOrder, windowsOf, windowsOfChunk } from '../../../lambdas/detection/windows.ts';

/** A frame of one number stands for its pixels: windows only copy frames. */
const frame = (number: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
};
async function* framesTo(count: number) {
  for (let number = 0; number < count; number += 1) yield frame(number);
}
async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
const numbersOf = (window: Buffer) => Array.from({ length: window.length / 4 }, (_, at) => window.readUInt32LE(at * 4));

/** The reference, as in TransNetV2's `predict_frames`: pad the whole video in memory, then slide. */
function referenceWindows(count: number): number[][] {
  const all = Array.from({ length: count }, (_, number) => number);
  const tail = 25 + 50 - (count % 50 === 0 ? 50 : count % 50);
  const padded = [...Array(25).fill(0), ...all, ...Array(tail).fill(count - 1)];
  const windows: number[][] = [];
  for (let at = 0; at + 100 <= padded.length; at += 50) windows.push(padded.slice(at, at + 100));
  return windows;
}

const published = { windowFrames: 100, contextFrames: 25, strideFrames: 50 };
async function* each<Item>(items: readonly Item[]) {
  yield* items;
}

describe('windows', () => {
  it('are the reference windows, for a video of any length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 420 }), async (count) => {
        const windows = await collect(windowsOf(framesTo(count), published));
        expect(windows.map(numbersOf)).toEqual(referenceWindows(count));
      }),
    );
  });

  it('are none for a video without frames', async () => {
    expect(await collect(windowsOf(framesTo(0), published))).toEqual([]);
  });

  it('of chunks on the grid are those of the whole, for any geometry and size of chunks', async () => {
    const geometries = fc.constantFrom(
      published,
      { windowFrames: 200, contextFrames: 25, strideFrames: 150 },
      { windowFrames: 20, contextFrames: 5, strideFrames: 10 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 5 }),
        geometries,
        async (count, strides, geometry) => {
          const { windowFrames, contextFrames, strideFrames } = geometry;
          const frames = await collect(framesTo(count));
          const chunked: Buffer[] = [];
          for (let firstFrame = 0; firstFrame < count; firstFrame += strides * strideFrames) {
            const frameCount = Math.min(strides * strideFrames, count - firstFrame);
            const reach = Math.ceil(frameCount / strideFrames) * strideFrames + windowFrames;
            const seen = frames.slice(Math.max(0, firstFrame - contextFrames), firstFrame + reach);
            const span = { firstFrame, frameCount };
            chunked.push(...(await collect(windowsOfChunk(each(seen), geometry, span))));
          }
          const whole = await collect(windowsOf(framesTo(count), geometry));
          expect(chunked.map(numbersOf)).toEqual(whole.map(numbersOf));
        },
      ),
    );
  });
});

describe('a stream of frames', () => {
  it('is cut into frames wherever its chunks end, and a torn last frame is dropped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 9 }),
        async (chunks, bytes) => {
          async function* stream() {
            for (const chunk of chunks) yield Buffer.from(chunk);
          }
          const whole = Buffer.concat(chunks);
          const frames = await collect(splitFrames(stream(), bytes));
          const complete = Math.floor(whole.length / bytes);
          expect(frames).toHaveLength(complete);
          expect(Buffer.concat(frames)).toEqual(whole.subarray(0, complete * bytes));
        },
      ),
    );
  });
});

describe('work in order', () => {
  it('never runs more than its places and never reads ahead of them', async () => {
    let running = 0;
    let most = 0;
    let read = 0;
    async function* items() {
      for (read = 1; read <= 20; read += 1) yield read;
    }
    const work = async (item: number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, item % 3));
      running -= 1;
      return item;
    };
    const results: number[] = [];
    for await (const result of mapInOrder(items(), 2, work)) {
      results.push(result);
      expect(read - results.length).toBeLessThanOrEqual(2);
    }
    expect(results).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(most).toBe(2);
  });

  it('groups items without losing the rest', async () => {
    expect(await collect(batchesOf(framesTo(5), 2)).then((batches) => batches.map((b) => b.length))).toEqual([2, 2, 1]);
  });
});
