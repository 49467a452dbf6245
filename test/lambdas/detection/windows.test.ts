import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../../lambdas/detection/frames.ts';
import { transitionProbabilities } from '../../../lambdas/detection/transition-probabilities.ts';
import { batchesOf, mapInOrder, maxWindowsPerRequest, windowsOf } from '../../../lambdas/detection/windows.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';

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

/** Says of each frame of a window its own number, so that the stitched answer must be 0, 1, 2 and so on. */
const echoingEndpoint = {
  invokeJson: async (request: unknown) => {
    const { inputs } = request as { inputs: { windows: { b64: string }[] } };
    expect(inputs.windows.length).toBeLessThanOrEqual(maxWindowsPerRequest);
    const single = inputs.windows.map(({ b64 }) => numbersOf(Buffer.from(b64, 'base64')));
    return { outputs: { single, many: single } } as never;
  },
};

describe('windows', () => {
  it('are the reference windows, for a video of any length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 420 }), async (count) => {
        const windows = await collect(windowsOf(framesTo(count)));
        expect(windows.map(numbersOf)).toEqual(referenceWindows(count));
      }),
    );
  });

  it('are none for a video without frames', async () => {
    expect(await collect(windowsOf(framesTo(0)))).toEqual([]);
  });

  it('come back as one probability a frame in the order of the frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2500 }), async (count) => {
        const batches = await collect(transitionProbabilities(echoingEndpoint, windowsOf(framesTo(count))));
        expect(batches.flat().slice(0, count)).toEqual(
          Array.from({ length: count }, (_, number) => ({ single: number, many: number })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('are refused where the endpoint answers for another number of frames', async () => {
    const short = { invokeJson: async () => ({ outputs: { single: [[1]], many: [[1]] } }) as never };
    await expect(collect(transitionProbabilities(short, windowsOf(framesTo(3))))).rejects.toMatchObject({
      name: 'EndpointAnswerError',
    });
  });

  it('are sent again where the endpoint was busy for a moment', async () => {
    let calls = 0;
    const busyOnce = {
      invokeJson: async (request: unknown) => {
        calls += 1;
        if (calls === 1) throw new RetryableError('EndpointThrottledError', 'busy');
        return echoingEndpoint.invokeJson(request);
      },
    };
    const batches = await collect(transitionProbabilities(busyOnce, windowsOf(framesTo(10))));
    expect(batches.flat().slice(0, 10)).toEqual(
      Array.from({ length: 10 }, (_, number) => ({ single: number, many: number })),
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
