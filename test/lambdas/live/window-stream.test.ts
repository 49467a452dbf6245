import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsOf } from '../../../lambdas/detection/windows.ts';
import { framesAhead, geometries } from '../../../lambdas/live/geometry.ts';
import { WindowStream } from '../../../lambdas/live/window-stream.ts';
import { liveModel } from './live-model.ts';

/** Frames that are told apart by their number. */
const numbered = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, number) => Buffer.from([number >> 8, number & 255]));
async function* streamOf(frames: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* frames;
}

describe('windows of a running feed', () => {
  it.each([
    ['the archive’s stride', liveModel.limits],
    ['normal', geometries.normal],
  ])('are the archive’s, byte for byte, where the archive lays them so: %s', async (_, geometry) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 620 }), async (count) => {
        const frames = numbered(count);
        const stream = new WindowStream(geometry);
        const windows = [...frames.flatMap((frame) => stream.push(frame)), ...stream.flush()];
        const archive: Buffer[] = [];
        for await (const window of windowsOf(streamOf(frames), geometry)) archive.push(window);
        expect(windows.map(({ bytes }) => bytes)).toEqual(archive);
      }),
      { numRuns: 40 },
    );
  });

  it.each(Object.entries(geometries))('count every frame once and in order: %s', (_, geometry) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), (count) => {
        const stream = new WindowStream(geometry);
        const windows = [...numbered(count).flatMap((frame) => stream.push(frame)), ...stream.flush()];
        const counted = windows.flatMap(({ bytes, offset, count: counts }) =>
          Array.from({ length: counts }, (__, at) => bytes.readUInt16BE((offset + at) * 2)),
        );
        expect(counted).toEqual(Array.from({ length: count }, (__, number) => number));
      }),
    );
  });

  it.each([
    ['normal', 60],
    ['low-latency', 22],
  ] as const)('of mode %s let a frame wait for %i others at most', (mode, most) => {
    const stream = new WindowStream(geometries[mode]);
    const waited: number[] = [];
    for (const [received, frame] of numbered(400).entries())
      for (const { count } of stream.push(frame))
        for (let each = 0; each < count; each += 1) waited.push(received - waited.length);
    expect(Math.max(...waited)).toBe(most);
  });

  it.each(['normal', 'low-latency'] as const)('of mode %s come as soon as the frames ahead are there', (mode) => {
    const geometry = geometries[mode];
    const stream = new WindowStream(geometry);
    const first = numbered(200).findIndex((frame) => stream.push(frame).length > 0);
    expect(first + 1).toBe(geometry.strideFrames + framesAhead(geometry));
  });

  it('are of a length that the model takes', () => {
    for (const { windowFrames } of Object.values(geometries))
      expect(windowFrames).toBeLessThanOrEqual(liveModel.limits.windowFrames);
  });
});
