import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WindowGeometry } from '../../../lambdas/contracts/models.ts';
import { frameSize, smallFrameDecoderOptions, smallFrameFilters } from '../../../lambdas/detection/frames.ts';
import { windowsOf, windowsOfChunk } from '../../../lambdas/detection/windows.ts';
import { renditions } from '../../../lambdas/runtime/renditions.ts';
import {
  chunksAtOdds,
  type DecodedFrame,
  type DecodeFrom,
  decodeChunkFrames,
  decodeFrom,
  type Seams,
} from '../../../lambdas/shots/chunk-decoding.ts';
import { type ChunkPlan, chunkPlanSchema } from '../../../lambdas/shots/chunk-plan.ts';
import { decodePictures } from '../../../lambdas/shots/decode-pictures.ts';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { extractSound, joinPreviews } from '../../../lambdas/shots/preview.ts';
import { probeVideo, type VideoFacts } from '../../../lambdas/shots/probe.ts';
import { makeClip, mediaTools, quickH264 } from '../../lambdas/support/clips.ts';
import { kindsOfVideo, makeKind } from '../../lambdas/support/kinds-of-video.ts';

const timeoutSeconds = 60;
const frameBytes = 48 * 27 * 3;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chunks-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What ffmpeg shows of the whole file, by the plainest command there is: no seeking, no plan. */
function wholeFile(
  path: string,
  filters: readonly string[],
  decoderOptions: readonly string[] = [],
): { pixels: Buffer[]; seconds: number[] } {
  const run = (options: string[]) =>
    execFileSync(
      mediaTools.ffmpegPath,
      [
        ...['-nostdin', '-loglevel', 'quiet', ...decoderOptions, '-i', path, '-map', '0:v:0'],
        ...['-fps_mode', 'passthrough', ...options],
      ],
      { maxBuffer: 1024 ** 3, env: { GCONV_PATH: '/dev/null' } },
    );
  const scaled = ['-vf', filters.join(',')];
  const raw = run([...scaled, '-f', 'rawvideo', '-']);
  const lines = run([...scaled, '-enc_time_base', '1/1000000', '-f', 'framecrc', '-'])
    .toString()
    .trim()
    .split('\n');
  return {
    pixels: Array.from({ length: raw.length / frameBytes }, (_, at) =>
      raw.subarray(at * frameBytes, (at + 1) * frameBytes),
    ),
    seconds: lines.filter((line) => !line.startsWith('#')).map((line) => Number(line.split(',')[2]) / 1e6),
  };
}

interface Decoded {
  frames: DecodedFrame[];
  seams: Seams;
}
async function decode(
  path: string,
  facts: VideoFacts,
  plan: ChunkPlan,
  chunk: number,
  from: DecodeFrom,
): Promise<Decoded> {
  const decoding = decodeChunkFrames(mediaTools, facts, plan, chunk, { inputPath: path, timeoutSeconds, from });
  const frames: DecodedFrame[] = [];
  try {
    for await (const frame of decoding.frames) frames.push(frame);
    return { frames, ...(await decoding.finish()) };
  } finally {
    decoding.kill();
  }
}
/** As a worker does: from farther back where the nearest seek point does not do. */
async function decodeAsPlanned(path: string, facts: VideoFacts, plan: ChunkPlan, chunk: number): Promise<Decoded> {
  let failure: unknown;
  for (const from of decodeFrom)
    try {
      return await decode(path, facts, plan, chunk, from);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'FrameMismatchError')) throw error;
      failure = error;
    }
  throw failure;
}
const fingerprints = (pictures: readonly Buffer[]) => pictures.map((picture) => crc32(picture));
async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
async function* each<Item>(items: readonly Item[]) {
  yield* items;
}

describe.each(kindsOfVideo)('a video in chunks, %s,', (kind) => {
  let path: string;
  let facts: VideoFacts;
  let whole: ReturnType<typeof wholeFile>;
  beforeAll(async () => {
    path = makeKind(folder, kind);
    facts = await probeVideo(mediaTools, path);
    whole = wholeFile(path, smallFrameFilters(facts.height));
  });

  it('has the frames, times and windows of the whole, whatever the size of the chunks', async () => {
    const geometries: fc.Arbitrary<WindowGeometry> = fc.constantFrom(
      { windowFrames: 100, contextFrames: 25, strideFrames: 50 },
      { windowFrames: 200, contextFrames: 25, strideFrames: 150 },
      { windowFrames: 20, contextFrames: 5, strideFrames: 10 },
    );
    await fc.assert(
      fc.asyncProperty(geometries, fc.integer({ min: 40, max: 260 }), async (geometry, framesPerChunk) => {
        const request = { inputPath: path, geometry, framesPerChunk, timeoutSeconds };
        const plan = await planVideo(mediaTools, facts, request);
        expect(chunkPlanSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
        const own: DecodedFrame[] = [];
        const windows: Buffer[] = [];
        const seams: Seams[] = [];
        for (const [chunk, { firstFrame, lastFrame }] of plan.chunks.entries()) {
          const decoded = await decodeAsPlanned(path, facts, plan, chunk);
          own.push(...decoded.frames.filter(({ isOwn }) => isOwn));
          const span = { firstFrame, frameCount: lastFrame - firstFrame + 1 };
          const pixels = decoded.frames.map((frame) => frame.pixels);
          windows.push(...(await collect(windowsOfChunk(each(pixels), geometry, span))));
          seams.push(decoded.seams);
        }
        expect(own.map(({ frame }) => frame)).toEqual(whole.pixels.map((_, at) => at));
        expect(fingerprints(own.map(({ pixels }) => pixels))).toEqual(fingerprints(whole.pixels));
        own.forEach(({ seconds }, at) => {
          expect(Math.abs(seconds - (whole.seconds[at] as number))).toBeLessThan(0.000_002);
        });
        expect(fingerprints(windows)).toEqual(fingerprints(await collect(windowsOf(each(whole.pixels), geometry))));
        expect(chunksAtOdds(seams)).toEqual([]);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it('gives single frames in the size of keyframes, as decoding from the start does', async () => {
    const geometry = { windowFrames: 20, contextFrames: 5, strideFrames: 10 };
    const plan = await planVideo(mediaTools, facts, { inputPath: path, geometry, framesPerChunk: 80, timeoutSeconds });
    const frames = [0, 1, 33, 79, 80, 81, plan.frameCount - 1].filter((frame) => frame < plan.frameCount);
    const scale = Math.min(1, renditions.keyframe.maxPixels / Math.max(facts.width, facts.height));
    const [width, height] = [facts.width, facts.height].map((side) => Math.round(side * scale)) as [number, number];
    const size = width * height * 3;
    const deinterlace = facts.isInterlaced ? 'yadif=deint=interlaced,' : '';
    const filter = `${deinterlace}scale=${width}:${height}:flags=bicubic,setsar=1,format=rgb24`;
    const raw = execFileSync(
      mediaTools.ffmpegPath,
      [
        ...['-nostdin', '-loglevel', 'quiet', '-i', path, '-map', '0:v:0', '-fps_mode', 'passthrough', '-vf', filter],
        ...['-f', 'rawvideo', '-'],
      ],
      { maxBuffer: 1024 ** 3, env: { GCONV_PATH: '/dev/null' } },
    );
    const pictures = await collect(
      decodePictures(mediaTools, facts, plan, { inputPath: path, frames, timeoutSeconds }),
    );
    expect(pictures.map(({ frame, pixels }) => [frame, crc32(pixels)])).toEqual(
      frames.map((frame) => [frame, crc32(raw.subarray(frame * size, (frame + 1) * size))]),
    );
  });
});

const highClipFrames = 60;
/** 720p of H.264 of much detail that moves, at a rate that leaves edges of blocks for the decoder to smooth. */
function highClip(name: string): string {
  const path = join(folder, name);
  const moving = 'mandelbrot=size=480x270:rate=25:end_scale=0.01:end_pts=40';
  const looks = ['-vf', 'scale=1280:720:flags=bicubic,setsar=1,noise=alls=6:allf=t,format=yuv420p'];
  makeClip([
    ...['-f', 'lavfi', '-i', moving, ...looks, '-frames:v', String(highClipFrames)],
    ...['-c:v', 'libx264', '-bf', '3', '-g', '20', '-preset', 'veryfast', '-b:v', '2M', path],
  ]);
  return path;
}

describe('small frames of high pictures', () => {
  it.each([
    ['1280x720', 1],
    ['1920x1080', 2],
    ['3840x2160', 2],
    ['1080x1920', 2],
  ])('at %s are made from a part of the lines and are nearly those of all lines', (size, halvings) => {
    const path = join(folder, `lines-${size}.mp4`);
    makeClip([
      ...['-f', 'lavfi', '-i', 'mandelbrot=size=480x270:rate=2:end_scale=0.01:end_pts=8'],
      ...[
        '-vf',
        `scale=${size.replace('x', ':')}:flags=bicubic,setsar=1,noise=alls=6:allf=t`,
        '-frames:v',
        '12',
        ...quickH264,
        path,
      ],
    ]);
    const filters = smallFrameFilters(Number(size.split('x')[1]));
    expect(filters.filter((filter) => filter.startsWith('field'))).toHaveLength(halvings);
    const [some, all] = [filters, smallFrameFilters(frameSize.height)].map(
      (each) => new Int16Array(Buffer.concat(wholeFile(path, each).pixels)),
    ) as [Int16Array, Int16Array];
    const apart = some.map((value, at) => Math.abs(value - (all[at] as number))).sort();
    expect(apart.length).toBe(12 * frameSize.bytes);
    expect(apart.reduce((sum, each) => sum + each, 0) / apart.length).toBeLessThan(1.2);
    expect(apart[Math.floor(apart.length * 0.999)]).toBeLessThanOrEqual(8);
  });

  it('hardly show that edges of blocks were left in pictures that no other needs', () => {
    const path = highClip('edges.mp4');
    const filters = smallFrameFilters(720);
    const [left, smoothed] = [smallFrameDecoderOptions({ height: 720, codec: 'h264' }), []].map(
      (options) => new Int16Array(Buffer.concat(wholeFile(path, filters, options).pixels)),
    ) as [Int16Array, Int16Array];
    const apart = left.map((value, at) => Math.abs(value - (smoothed[at] as number))).sort();
    expect(apart.length).toBe(highClipFrames * frameSize.bytes);
    expect(apart.at(-1)).toBeGreaterThan(0);
    expect(apart.at(-1)).toBeLessThanOrEqual(8);
    expect(apart.reduce((sum, each) => sum + each, 0) / apart.length).toBeLessThan(0.05);
  });

  it('are the same by chunks as by the whole', async () => {
    const path = highClip('high-chunks.mp4');
    const whole = wholeFile(path, smallFrameFilters(720), smallFrameDecoderOptions({ height: 720, codec: 'h264' }));
    const { facts, plan } = await planned(path, 20);
    expect(plan.chunks.length).toBeGreaterThan(2);
    for (const [chunk, { firstFrame, lastFrame }] of plan.chunks.entries()) {
      const { frames } = await decodeAsPlanned(path, facts, plan, chunk);
      expect(fingerprints(frames.filter(({ isOwn }) => isOwn).map(({ pixels }) => pixels))).toEqual(
        fingerprints(whole.pixels.slice(firstFrame, lastFrame + 1)),
      );
    }
  });

  it('are made from HEVC as it is, whose filters move means too', () => {
    expect(smallFrameDecoderOptions({ height: 1080, codec: 'hevc' })).toEqual([]);
  });

  it('of pictures of 539 lines or fewer are made from all of them as they are', () => {
    expect(smallFrameFilters(539)).toEqual(['scale=48:27:flags=bicubic', 'format=rgb24']);
    expect(smallFrameDecoderOptions({ height: 539, codec: 'h264' })).toEqual([]);
  });
});

const geometry = { windowFrames: 20, contextFrames: 5, strideFrames: 10 };
async function planned(path: string, framesPerChunk = 80) {
  const facts = await probeVideo(mediaTools, path);
  return {
    facts,
    plan: await planVideo(mediaTools, facts, { inputPath: path, geometry, framesPerChunk, timeoutSeconds }),
  };
}

describe('a plan that does not fit its video', () => {
  it('is found out by the first frame that has another time', async () => {
    const path = makeKind(folder, 'b-frames.mp4');
    const { facts, plan } = await planned(path);
    const [first, second, ...rest] = plan.chunks;
    const shifted = {
      ...plan,
      chunks: [first, { ...second, times: [(second?.times[0] ?? 0) + 1, ...(second?.times.slice(1) ?? [])] }, ...rest],
    } as ChunkPlan;
    await expect(decode(path, facts, shifted, 1, 'start')).rejects.toMatchObject({ name: 'FrameMismatchError' });
  });

  it('is found out where it promises more frames than come', async () => {
    const path = makeKind(folder, 'b-frames.mp4');
    const { facts, plan } = await planned(path);
    const last = plan.chunks.length - 1;
    const chunk = plan.chunks[last] as ChunkPlan['chunks'][number];
    const times = [...chunk.times];
    times[times.length - 1] = (times.at(-1) as number) + 1;
    const longer = {
      ...plan,
      chunks: [...plan.chunks.slice(0, -1), { ...chunk, times, lastFrame: chunk.lastFrame + 1 }],
    };
    await expect(decode(path, facts, longer, last, 'seekPoint')).rejects.toMatchObject({ name: 'FrameMismatchError' });
  });

  it('seeks too late: the first frames are missed', async () => {
    const path = makeKind(folder, 'b-frames.mp4');
    const { facts, plan } = await planned(path);
    const chunk = plan.chunks[1] as ChunkPlan['chunks'][number];
    const late = {
      ...plan,
      chunks: [plan.chunks[0], { ...chunk, seekPoints: [{ frame: 0, seconds: 6 }] }],
    } as ChunkPlan;
    await expect(decode(path, facts, late, 1, 'seekPoint')).rejects.toMatchObject({ name: 'FrameMismatchError' });
  });
});

describe('chunks that saw other pictures where they meet', () => {
  it('are named', () => {
    const seams = [
      { before: [1], after: [4, 5] },
      { before: [4, 5], after: [8, 9] },
      { before: [8, 7], after: [1] },
    ];
    expect(chunksAtOdds(seams)).toEqual([2]);
  });
});

describe("the preview's segments", () => {
  it.each(['b-frames.mp4', 'variable-rate.mp4', 'mpeg2-interlaced.ts', 'start-offset.mkv', 'edit-list.mp4'])(
    'make one preview of %s with every frame at its time and the sound beside it, without encoding again',
    async (kind) => {
      const silent = makeKind(folder, kind);
      const path = join(folder, `sounding-${kind}`);
      makeClip([
        '-copyts',
        '-i',
        silent,
        '-f',
        'lavfi',
        '-i',
        'sine=duration=4',
        '-map',
        '0:v',
        '-map',
        '1:a',
        '-c:v',
        'copy',
        '-c:a',
        'mp2',
        path,
      ]);
      const { facts, plan } = await planned(path);
      const segments: string[] = [];
      const seconds: number[] = [];
      for (const chunk of plan.chunks.keys()) {
        const previewPath = join(folder, `${kind}-${chunk}.mp4`);
        const decoding = decodeChunkFrames(mediaTools, facts, plan, chunk, {
          inputPath: path,
          previewPath,
          timeoutSeconds,
        });
        for await (const frame of decoding.frames) if (frame.isOwn) seconds.push(frame.seconds);
        await decoding.finish();
        segments.push(previewPath);
      }
      const soundPath = join(folder, `${kind}-sound.mp4`);
      expect(await extractSound(mediaTools, facts, { inputPath: path, soundPath, timeoutSeconds })).toBe(true);
      const previewPath = join(folder, `${kind}-preview.mp4`);
      const joinedPath = join(folder, `${kind}-joined.mp4`);
      await joinPreviews(mediaTools, { segments, soundPath, joinedPath, previewPath, timeoutSeconds });
      const shown = execFileSync(mediaTools.ffprobePath, [
        ...[
          '-loglevel',
          'error',
          '-select_streams',
          'v',
          '-show_entries',
          'packet=pts_time',
          '-of',
          'csv=p=0',
          previewPath,
        ],
      ])
        .toString()
        .trim()
        .split('\n')
        .map(Number);
      expect(shown).toHaveLength(seconds.length);
      // An MP4's edit list counts in milliseconds where the picture begins.
      const late = shown.map((time, at) => Math.abs(time - (seconds[at] as number)));
      expect(Math.max(...late)).toBeLessThan(0.001);
      expect(await probeVideo(mediaTools, previewPath)).toMatchObject({ codec: 'h264', audioStreamIndex: 1 });
    },
  );
});
