import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecodedFrame, decodeChunkFrames, decodeFrom } from '../../../lambdas/shots/chunk-decoding.ts';
import type { ChunkPlan } from '../../../lambdas/shots/chunk-plan.ts';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { makeClip, mediaTools, quickH264 } from '../../lambdas/support/clips.ts';
import { aliasReference, urlReference, withDataReference } from '../../lambdas/support/data-reference.ts';

const geometry = { windowFrames: 100, contextFrames: 25, strideFrames: 50 };
const timeoutSeconds = 60;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-input-test-'));
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const picture = (seconds: number, size = '192x108') => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=${size}:rate=25:duration=${seconds}`,
];

/** What a worker does: farther back where a chunk does not fit, all decoded where the plan does not. */
async function framesOf(path: string, framesPerChunk = 100): Promise<Pick<DecodedFrame, 'frame' | 'seconds'>[]> {
  const facts = await probeVideo(mediaTools, path);
  let failure: unknown;
  for (const proof of ['ends', 'whole'] as const)
    try {
      const plan = await planVideo(mediaTools, facts, {
        inputPath: path,
        geometry,
        framesPerChunk,
        timeoutSeconds,
        proof,
      });
      const frames: Pick<DecodedFrame, 'frame' | 'seconds'>[] = [];
      for (const chunk of plan.chunks.keys()) frames.push(...(await chunkOf(path, facts, plan, chunk)));
      return frames;
    } catch (error) {
      if ((error as Error).name !== 'FrameMismatchError') throw error;
      failure = error;
    }
  throw failure;
}
async function chunkOf(path: string, facts: Awaited<ReturnType<typeof probeVideo>>, plan: ChunkPlan, chunk: number) {
  let failure: unknown;
  for (const from of decodeFrom) {
    const previewPath = file(`preview-${chunk}.mp4`);
    const decoding = decodeChunkFrames(mediaTools, facts, plan, chunk, {
      inputPath: path,
      previewPath,
      timeoutSeconds,
      from,
    });
    try {
      const frames: Pick<DecodedFrame, 'frame' | 'seconds'>[] = [];
      for await (const { frame, seconds, isOwn } of decoding.frames) if (isOwn) frames.push({ frame, seconds });
      await decoding.finish();
      return frames;
    } catch (error) {
      if ((error as Error).name !== 'FrameMismatchError') throw error;
      failure = error;
    } finally {
      decoding.kill();
    }
  }
  throw failure;
}
const refusalOf = (path: string): Promise<string> =>
  framesOf(path).then(
    (frames) => `${frames.length} frames`,
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('a video that is odd but sound is read whole:', () => {
  it.each<[string, number, string, string[]]>([
    ['one frame', 1, 'one.mp4', [...picture(0.04), ...quickH264]],
    ['five seconds', 125, 'five.mp4', [...picture(5), ...quickH264]],
    ['all black', 75, 'black.mp4', ['-f', 'lavfi', '-i', 'color=black:size=192x108:rate=25:duration=3', ...quickH264]],
    ['no audio', 50, 'silent.mov', [...picture(2), ...quickH264, '-an']],
    ['odd sizes', 50, 'odd.mkv', [...picture(2, '191x107'), '-c:v', 'mpeg4']],
    ['a size of few pixels', 50, 'tiny.mkv', [...picture(2, '16x16'), ...quickH264]],
    [
      '10-bit HEVC',
      50,
      'hevc.mp4',
      [...picture(2), '-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-preset', 'ultrafast'],
    ],
    ['VP9', 50, 'vp9.webm', [...picture(2), '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8']],
    ['AV1', 25, 'av1.mp4', [...picture(1), '-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8']],
    [
      'interlaced MPEG-2 in a transport stream',
      75,
      'interlaced.ts',
      [...picture(3, '180x144'), '-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-bf', '2'],
    ],
    ['the index at its end', 50, 'index-last.mp4', [...picture(2), ...quickH264]],
  ])('%s', async (_what, count, name, options) => {
    const frames = await framesOf(makeClip([...options, file(name)]));
    expect(frames.map(({ frame }) => frame)).toEqual(Array.from({ length: count }, (_, at) => at));
    expect(frames[0]?.seconds).toBeCloseTo(0, 1);
  });

  it('turned on its side: the picture is as people see it', async () => {
    const upright = makeClip([...picture(1), ...quickH264, file('upright.mp4')]);
    const turned = makeClip(['-display_rotation', '90', '-i', upright, '-c', 'copy', file('turned.mp4')]);
    expect(await framesOf(turned)).toHaveLength(25);
    expect(await probeVideo(mediaTools, turned)).toMatchObject({ width: 108, height: 192 });
    await chunkOf(
      turned,
      await probeVideo(mediaTools, turned),
      await planVideo(mediaTools, await probeVideo(mediaTools, turned), {
        inputPath: turned,
        geometry,
        framesPerChunk: 100,
        timeoutSeconds,
      }),
      0,
    );
    expect(await probeVideo(mediaTools, file('preview-0.mp4'))).toMatchObject({ width: 108, height: 192 });
  });

  it('a size that changes in the middle', async () => {
    const parts = [
      makeClip([...picture(4, '192x108'), ...quickH264, file('small.ts')]),
      makeClip([...picture(4, '320x240'), ...quickH264, '-output_ts_offset', '4', file('large.ts')]),
    ];
    await writeFile(file('changing.ts'), Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
    expect(await framesOf(file('changing.ts'), 50)).toHaveLength(200);
  });

  it.each(['mp4', 'ts', 'mkv'])(
    'damage in the middle of a %s: what can be shown has its place and time',
    async (kind) => {
      const path = makeClip([
        ...picture(10, '320x180'),
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-g',
        '25',
        '-bf',
        '2',
        file(`whole.${kind}`),
      ]);
      const bytes = await readFile(path);
      const middle = Math.floor(bytes.length / 2);
      for (let at = middle; at < middle + 12_000; at += 3) bytes[at] = (at * 7919) & 255;
      await writeFile(file(`damaged.${kind}`), bytes);
      const frames = await framesOf(file(`damaged.${kind}`), 50);
      expect(frames.length).toBeGreaterThan(200);
      expect(frames.length).toBeLessThanOrEqual(250);
      expect(frames.map(({ frame }) => frame)).toEqual(frames.map((_, at) => at));
    },
  );
});

describe('a file is refused with a reason where it', () => {
  const whole = (name: string, options: string[] = []) =>
    makeClip([...picture(12, '320x180'), ...quickH264, ...options, file(name)]);
  const cut = async (path: string, share: number) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * share)));
    return path;
  };

  it('is cut off: what is missing is said', async () => {
    const path = await cut(whole('cut.mp4', ['-movflags', '+faststart']), 0.4);
    expect(await refusalOf(path)).toMatch(/^RefusedError: The video ends after \d+(\.\d)? of 12 seconds/);
    expect(await refusalOf(await cut(whole('cut.mkv'), 0.4))).toMatch(/^RefusedError: The video ends after/);
    expect(await refusalOf(await cut(whole('no-index.mp4'), 0.9))).toMatch(/^RefusedError: .*no moov atom/);
  });

  it('holds no picture', async () => {
    const path = makeClip(['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', file('sound.mp4')]);
    expect(await refusalOf(path)).toMatch(/^RefusedError: The file holds no moving picture/);
  });

  it('begins without the headers that its pictures need, and never brings them', async () => {
    const stream = makeClip([...picture(4), ...quickH264, '-g', '1000', file('headers-first.ts')]);
    const bytes = await readFile(stream);
    await writeFile(file('headers-gone.ts'), bytes.subarray(Math.floor(bytes.length / 2 / 188) * 188));
    expect(await refusalOf(file('headers-gone.ts'))).toMatch(/^RefusedError: /);
  });
});

describe('what points elsewhere', () => {
  it('in a playlist or a script is refused, and never opened', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const target = makeClip([...picture(1), ...quickH264, file('target.ts')]);
    const scripts: [string, string][] = [
      ['hls.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${host}/segment.ts\n#EXT-X-ENDLIST\n`],
      ['hls-local.m3u8', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`],
      ['concat.mp4', `ffconcat version 1.0\nfile '${target}'\n`],
      [
        'dash.mp4',
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>${host}/dash.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>`,
      ],
      ['session.sdp', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n'],
      ['pattern-%03d.png', 'no picture'],
      ['scene.avs', `DirectShowSource("${target}")\n`],
    ];
    for (const [name, text] of scripts) {
      await writeFile(file(name), text);
      expect(await refusalOf(file(name)), name).toMatch(/^RefusedError: This (is a playlist|file cannot be read)/);
    }
    expect(asked).toEqual([]);
    await new Promise((closed) => server.close(closed));
  });

  it.each([
    ['another file by URL', (target: string) => urlReference(`file://${target}`)],
    ['another host by URL', () => urlReference('http://127.0.0.1:9/x.mp4')],
    ['another file by alias', (target: string) => aliasReference(target)],
  ])('inside an MP4, %s, is not followed', async (_what, reference) => {
    const bright = makeClip([
      '-f',
      'lavfi',
      '-i',
      'color=white:size=192x108:rate=25:duration=1',
      ...quickH264,
      file('secret.mp4'),
    ]);
    const dark = makeClip([
      '-f',
      'lavfi',
      '-i',
      'color=black:size=192x108:rate=25:duration=1',
      ...quickH264,
      file('own.mp4'),
    ]);
    const path = file('reference.mp4');
    await writeFile(path, withDataReference(await readFile(dark), reference(bright)));
    const facts = await probeVideo(mediaTools, path);
    const said = await refusalOf(path);
    if (/^RefusedError/.test(said)) return;
    const plan = await planVideo(mediaTools, facts, { inputPath: path, geometry, framesPerChunk: 100, timeoutSeconds });
    const decoding = decodeChunkFrames(mediaTools, facts, plan, 0, { inputPath: path, timeoutSeconds });
    for await (const { pixels } of decoding.frames) expect(Math.max(...pixels)).toBeLessThan(32);
  });
});
