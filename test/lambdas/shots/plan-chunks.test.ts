import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endingWith, promisedFrames, startingWith } from '../../../lambdas/shots/frame-table.ts';
import { packTimes, unpackTimes } from '../../../lambdas/shots/frame-times.ts';
import { IndexBuilder, isDiscarded, isKey, type PacketIndex } from '../../../lambdas/shots/packet-index.ts';
import { planChunks } from '../../../lambdas/shots/plan-chunks.ts';
import { seekSeconds } from '../../../lambdas/shots/seek-target.ts';

/** Groups of pictures: each a keyframe, then anchors with the pictures between them, which come after their anchor. */
interface Group {
  /** Pictures shown before the keyframe and decoded after it: an open group. */
  leading: number;
  /** Of each anchor, how many pictures are shown between it and the one before. */
  between: number[];
  step: number;
}
const group: fc.Arbitrary<Group> = fc.record({
  leading: fc.integer({ min: 0, max: 2 }),
  between: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
  step: fc.integer({ min: 1, max: 5 }),
});

function indexOf(groups: readonly Group[], firstPts: number): PacketIndex {
  const packets: { pts: number; key: boolean }[] = [];
  let next = firstPts;
  groups.forEach(({ leading, between, step }, at) => {
    const before = at === 0 ? 0 : leading;
    packets.push({ pts: next + before * step, key: true });
    for (let picture = 0; picture < before; picture += 1) packets.push({ pts: next + picture * step, key: false });
    next += (before + 1) * step;
    for (const pictures of between) {
      packets.push({ pts: next + pictures * step, key: false });
      for (let picture = 0; picture < pictures; picture += 1) packets.push({ pts: next + picture * step, key: false });
      next += (pictures + 1) * step;
    }
  });
  const builder = new IndexBuilder();
  builder.add('stream,1/1000');
  for (const [at, { pts, key }] of packets.entries())
    builder.add(`packet,${pts},N/A,1,100,${1000 + at * 100},${key ? 'K_' : '__'}`);
  return builder.finish();
}
const geometry = { windowFrames: 20, contextFrames: 5, strideFrames: 10 };
const planOf = (index: PacketIndex, framesPerChunk: number) => {
  const table = promisedFrames(index);
  if (table === undefined) throw new Error('the packets promise no frames');
  return { table, plan: planChunks(index, table, { geometry, framesPerChunk, seekStyle: 'presentation' }) };
};

describe('a plan of chunks', () => {
  const videos = fc.tuple(fc.array(group, { minLength: 1, maxLength: 12 }), fc.integer({ min: -500, max: 10_000 }));

  it('gives each frame to exactly one chunk, on the grid of the windows, with its context and time', () => {
    fc.assert(
      fc.property(videos, fc.integer({ min: 1, max: 60 }), ([groups, firstPts], framesPerChunk) => {
        const { table, plan } = planOf(indexOf(groups, firstPts), framesPerChunk);
        let next = 0;
        for (const chunk of plan.chunks) {
          expect(chunk.firstFrame).toBe(next);
          expect(chunk.firstFrame % geometry.strideFrames).toBe(0);
          next = chunk.lastFrame + 1;
          const from = chunk.firstFrame - chunk.contextBefore;
          const to = chunk.lastFrame + chunk.contextAfter;
          expect(chunk.contextBefore).toBe(Math.min(geometry.contextFrames, chunk.firstFrame));
          expect([...unpackTimes(chunk.times)].slice(0, -1)).toEqual([...table.times.subarray(from, to + 1)]);
        }
        expect(next).toBe(table.times.length);
      }),
    );
  });

  it('has as few chunks as are allowed, none above that size and none a window longer than another', () => {
    fc.assert(
      fc.property(videos, fc.integer({ min: 1, max: 60 }), ([groups, firstPts], framesPerChunk) => {
        const { table, plan } = planOf(indexOf(groups, firstPts), framesPerChunk);
        const { strideFrames } = geometry;
        const most = Math.ceil(framesPerChunk / strideFrames) * strideFrames;
        const windows = plan.chunks.map(({ firstFrame, lastFrame }) =>
          Math.ceil((lastFrame - firstFrame + 1) / strideFrames),
        );
        expect(plan.chunks).toHaveLength(Math.ceil(table.times.length / most));
        expect(Math.max(...windows) * strideFrames).toBeLessThanOrEqual(most);
        expect(Math.max(...windows) - Math.min(...windows)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('begins decoding where nothing that is wanted was decoded before', () => {
    fc.assert(
      fc.property(videos, fc.integer({ min: 1, max: 60 }), ([groups, firstPts], framesPerChunk) => {
        const index = indexOf(groups, firstPts);
        const { table, plan } = planOf(index, framesPerChunk);
        for (const chunk of plan.chunks) {
          const wantedFrom = table.times[chunk.firstFrame - chunk.contextBefore] as number;
          const seconds = chunk.seekPoints[0]?.seconds;
          const begin = seconds === undefined ? 0 : index.pts.indexOf(Math.round(seconds * 1000));
          expect((index.flags[begin] as number) & isKey).toBe(isKey);
          expect(index.pts[begin] as number).toBeLessThanOrEqual(wantedFrom);
          for (let packet = 0; packet < begin; packet += 1)
            expect(index.pts[packet] as number).toBeLessThan(wantedFrom);
        }
      }),
    );
  });

  it('names the bytes of all packets that a chunk needs', () => {
    fc.assert(
      fc.property(videos, fc.integer({ min: 1, max: 60 }), ([groups, firstPts], framesPerChunk) => {
        const index = indexOf(groups, firstPts);
        const { table, plan } = planOf(index, framesPerChunk);
        for (const { firstFrame, lastFrame, contextBefore, contextAfter, bytes } of plan.chunks) {
          const from = table.times[firstFrame - contextBefore] as number;
          const to = table.times[lastFrame + contextAfter] as number;
          index.pts.forEach((pts, packet) => {
            if (pts < from || pts > to) return;
            expect(bytes?.start).toBeLessThanOrEqual(index.positions[packet] as number);
            expect(bytes?.end).toBeGreaterThanOrEqual((index.positions[packet] as number) + 100);
          });
        }
      }),
    );
  });

  it('is a single chunk where frames have no time of their own', () => {
    const index = indexOf([{ leading: 0, between: [0, 0, 0], step: 1 }], 0);
    const plan = planChunks(
      index,
      { times: Float64Array.of(0, 1, 1, 2), end: 3 },
      {
        geometry,
        framesPerChunk: 1,
        seekStyle: 'presentation',
      },
    );
    expect(plan).toMatchObject({
      isTimed: false,
      chunks: [{ firstFrame: 0, lastFrame: 3, seekPoints: [{ frame: 0 }] }],
    });
  });
});

describe('eight hours of video', () => {
  it('are planned from 720,000 packets in a small file, each chunk with its own seek point', () => {
    const builder = new IndexBuilder();
    builder.add('stream,1/12800');
    for (let packet = 0; packet < 720_000; packet += 1)
      builder.add(
        `packet,${packet * 512},${packet * 512},512,9000,${packet * 9000},${packet % 50 === 0 ? 'K_' : '__'}`,
      );
    const index = builder.finish();
    const { plan } = planOf(index, 3000);
    expect(plan.chunks).toHaveLength(240);
    expect(plan.chunks[120]?.firstFrame).toBe(360_000);
    expect(plan.chunks[120]?.seekPoints[0]).toEqual({ frame: 359_950, seconds: 14_398 });
    expect(JSON.stringify(plan).length).toBeLessThan(1_000_000);
  });
});

describe('the frames that packets promise', () => {
  const index = (lines: string[]) => {
    const builder = new IndexBuilder();
    for (const line of lines) builder.add(line);
    return builder.finish();
  };

  it('are those that no edit list cuts away, in order of presentation', () => {
    const found = index([
      'packet,-2,-3,1,9,0,KD_',
      'packet,2,-2,1,9,9,__',
      'packet,0,-1,1,9,18,__',
      'packet,1,0,1,9,27,__',
    ]);
    expect(found.flags[0]).toBe(isKey + isDiscarded);
    expect(promisedFrames(found)).toEqual({ times: Float64Array.of(0, 1, 2), end: 3 });
  });

  it('are none where a packet has no time or two have the same', () => {
    expect(promisedFrames(index(['packet,0,0,1,9,0,K_', 'packet,N/A,1,1,9,9,__']))).toBeUndefined();
    expect(promisedFrames(index(['packet,0,0,1,9,0,K_', 'packet,0,1,1,9,9,__']))).toBeUndefined();
  });

  const promised = { times: Float64Array.of(0, 1, 2, 3, 4, 5), end: 6 };
  it('are fewer where the decoder shows nothing before the first keyframe', () => {
    expect(startingWith(promised, [2], 3)).toEqual({ times: Float64Array.of(2, 3, 4, 5), end: 6 });
  });
  it('are not believed where the decoder shows another', () => {
    expect(startingWith(promised, [1.5, 2], 3)).toBeUndefined();
    expect(endingWith(promised, [4, 4.5], 4)).toBeUndefined();
    expect(endingWith(promised, [5], 4)).toBeUndefined();
  });
  it('end earlier where the file breaks off within its last pictures', () => {
    expect(endingWith(promised, [3, 4], 3)).toEqual({ times: Float64Array.of(0, 1, 2, 3, 4), end: 5 });
  });
});

describe('timestamps', () => {
  it('come back as they were packed, and take three numbers at a constant rate', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e12, max: 1e12 })), (times) => {
        expect([...unpackTimes(packTimes(times))]).toEqual(times);
      }),
    );
    expect(packTimes(Float64Array.from({ length: 720_000 }, (_, at) => at * 512))).toEqual([0, 512, 719_999]);
  });

  it('of a seek never lie behind the next keyframe', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 1e6 }), (pts, distance) => {
        const seconds = seekSeconds(
          { pts, dts: pts, nextPts: pts + distance },
          { numerator: 1, denominator: 90_000 },
          'index',
        );
        expect(seconds ?? 0).toBeLessThan((pts + distance) / 90_000);
      }),
    );
  });
});
