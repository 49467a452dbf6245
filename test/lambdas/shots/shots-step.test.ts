import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bestKeyframe, type Shot, type ShotsFile, shotsFileSchema } from '../../../lambdas/contracts/shots.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { cutsBetweenScenes, makeClip, mediaTools, quickH264 } from '../support/clips.ts';
import { shotsStep } from '../support/shots-step.ts';
import { modelLimits, transitionSettings } from '../support/transition-settings.ts';

const assetId = 'a'.repeat(64);
const model = { name: 'colour-difference', version: '1', limits: modelLimits, postprocessing: transitionSettings };
const original = { bucket: 'originals', key: 'incoming/video/clip' };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shots-step-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function detect(path: string, framesPerChunk = 4500) {
  const step = shotsStep({ model, framesPerChunk });
  step.originals.put(original.key, await readFile(path));
  const run = () => step.run({ assetId, attempt: 1, kind: 'video', desk: 'video', original });
  const file = (): ShotsFile => shotsFileSchema.parse(step.derived.json(`assets/${assetId}/shots.json`));
  return { ...step, run, file };
}
async function shotsOf(path: string, framesPerChunk?: number) {
  const detection = await detect(path, framesPerChunk);
  const result = await detection.run();
  return { ...detection, result, shots: detection.file().shots };
}
const frameRanges = (file: { shots: ShotsFile['shots'] }) => file.shots.map((shot) => [shot.startFrame, shot.endFrame]);
const clip = (name: string) => join(folder, name);

describe('the shots step', () => {
  it('finds every cut at its frame, with times, timecodes, keyframes, thumbnails and a preview', async () => {
    const counts = [60, 33, 130, 50];
    const path = makeClip([
      ...cutsBetweenScenes(counts, '25'),
      ...['-f', 'lavfi', '-i', 'sine=duration=10.92', '-map', '[picture]', '-map', `${counts.length}:a`],
      ...[...quickH264, '-c:a', 'aac', '-shortest', clip('cuts.mp4')],
    ]);
    const { result, file, shots, derived } = await shotsOf(path);
    expect(result).toEqual({ shotsKey: `assets/${assetId}/shots.json`, shotCount: 4, frameCount: 273 });
    expect(frameRanges({ shots })).toEqual([
      [0, 59],
      [60, 92],
      [93, 222],
      [223, 272],
    ]);
    expect(shots.map((shot) => [shot.startSeconds, shot.endSeconds])).toEqual([
      [0, 2.4],
      [2.4, 3.72],
      [3.72, 8.92],
      [8.92, 10.92],
    ]);
    expect(shots.map((shot) => shot.startTimecode)).toEqual([
      '00:00:00:00',
      '00:00:02:10',
      '00:00:03:18',
      '00:00:08:23',
    ]);
    expect(file().video).toMatchObject({
      frameCount: 273,
      framesPerSecond: 25,
      width: 320,
      height: 180,
      codec: 'h264',
    });
    for (const keyframe of shots.map(bestKeyframe)) {
      const jpeg = derived.objects.get(keyframe.key);
      const webp = derived.objects.get(keyframe.thumbnailKey);
      expect(await sharp(jpeg?.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
      expect(await sharp(webp?.bytes).metadata()).toMatchObject({ format: 'webp', width: 320, height: 180 });
      expect(keyframe.perceptualHash).toMatch(/^[0-9a-f]{16}$/);
    }
    const green = await sharp(derived.objects.get(shots[1]?.keyframes[0]?.key as string)?.bytes).stats();
    expect(green.dominant.g).toBeGreaterThan(green.dominant.r + 50);
    const preview = clip('preview.mp4');
    await writeFile(preview, derived.objects.get(`assets/${assetId}/preview.mp4`)?.bytes as Buffer);
    const facts = await probeVideo(mediaTools, preview);
    expect(facts).toMatchObject({ codec: 'h264', height: 180, container: 'mp4', audioStreamIndex: 1 });
    expect(facts.promisedSeconds).toBeCloseTo(10.92, 1);
  });

  it('finds the same in many chunks as in one, and leaves no file behind', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('wirescope-shots-'));
    const path = makeClip([
      ...[...cutsBetweenScenes([140, 160, 123], '25'), '-map', '[picture]', ...quickH264, '-g', '30'],
      clip('long.mp4'),
    ]);
    const one = await shotsOf(path);
    const many = await shotsOf(path, 100);
    expect(one.endpoint.requests).toEqual([Math.ceil(423 / modelLimits.strideFrames)]);
    expect(many.endpoint.requests.length).toBeGreaterThan(2);
    expect(frameRanges(one)).toEqual([
      [0, 139],
      [140, 299],
      [300, 422],
    ]);
    expect(many.file()).toEqual(one.file());
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('wirescope-shots-'))).toEqual(before);
  });

  it('takes times from the stream where the rate varies', async () => {
    const counts = [50, 50];
    const graph = cutsBetweenScenes(counts, '25');
    const filter = graph.pop();
    const path = makeClip([
      ...graph,
      `${filter};[picture]setpts='if(lt(N,50),N,50+(N-50)*3)/25/TB',settb=1/12800[varied]`,
      ...['-map', '[varied]', '-fps_mode', 'vfr', ...quickH264, clip('vfr.mp4')],
    ]);
    const { shots } = await shotsOf(path);
    expect(frameRanges({ shots })).toEqual([
      [0, 49],
      [50, 99],
    ]);
    expect(shots[1]?.startSeconds).toBeCloseTo(2, 3);
    expect(shots[1]?.endSeconds).toBeGreaterThan(2 + 49 * 0.12);
    const { frame, seconds } = bestKeyframe(shots[1] as Shot);
    expect(seconds).toBeCloseTo(2 + (frame - 50) * 0.12, 3);
  });

  it.each(['ts', 'mkv', 'mov', 'mxf', 'webm'])(
    'starts at zero in %s, whatever offset the stream starts at',
    async (container) => {
      const codec = container === 'webm' ? ['-c:v', 'libvpx', '-deadline', 'realtime'] : quickH264;
      const path = makeClip([
        ...[
          ...cutsBetweenScenes([40, 40], '25'),
          '-map',
          '[picture]',
          ...(container === 'mxf' ? ['-c:v', 'mpeg2video', '-b:v', '4M'] : codec),
        ],
        ...['-output_ts_offset', container === 'mxf' ? '0' : '3.2', clip(`offset.${container}`)],
      ]);
      const { shots } = await shotsOf(path);
      expect(frameRanges({ shots })).toEqual([
        [0, 39],
        [40, 79],
      ]);
      expect(shots[0]?.startSeconds).toBeCloseTo(0, 2);
      expect(shots[1]?.startSeconds).toBeCloseTo(1.6, 2);
      expect(shots[1]?.startTimecode).toBe('00:00:01:15');
    },
  );

  it("counts from the stream's own start timecode, drop-frame where the stream says so", async () => {
    const path = makeClip([
      ...[...cutsBetweenScenes([45, 45], '30000/1001'), '-map', '[picture]', ...quickH264],
      ...['-timecode', '00:59:59;28', clip('timecode.mov')],
    ]);
    const { shots, file } = await shotsOf(path);
    expect(shots.map((shot) => [shot.startTimecode, shot.endTimecode])).toEqual([
      ['00:59:59;28', '01:00:01;12'],
      ['01:00:01;13', '01:00:02;27'],
    ]);
    expect(file().video.framesPerSecond).toBeCloseTo(29.97, 2);
  });

  it('answers from what it left before where the model is the same, and works anew where it is not', async () => {
    const path = makeClip([...cutsBetweenScenes([30, 30], '25'), '-map', '[picture]', ...quickH264, clip('again.mp4')]);
    const { run, endpoint, derived, steps } = await detect(path);
    const first = await run();
    expect(await run()).toMatchObject({ shotsKey: first.shotsKey });
    expect(steps.at(-1)).toEqual({ status: 'done', detail: '2 shots' });
    expect(endpoint.requests).toHaveLength(1);
    const key = `assets/${assetId}/shots.json`;
    const other = { ...(derived.json(key) as object), model: { ...model, version: '0' } };
    derived.put(key, JSON.stringify(other));
    expect(await run()).toEqual(first);
    expect(endpoint.requests).toHaveLength(2);
    derived.put(key, '{"shots": "of an older form"}');
    expect(await run()).toEqual(first);
  });

  it('gives a portrait phone video upright, and a video of one frame its one shot', async () => {
    const one = makeClip([...cutsBetweenScenes([1], '25'), '-map', '[picture]', ...quickH264, clip('one.mp4')]);
    expect(frameRanges(await shotsOf(one))).toEqual([[0, 0]]);
    const portrait = makeClip(['-display_rotation', '90', '-i', one, '-c', 'copy', clip('portrait.mp4')]);
    const { file, derived, shots } = await shotsOf(portrait);
    expect(file().video).toMatchObject({ width: 180, height: 320 });
    const jpeg = derived.objects.get(shots[0]?.keyframes[0]?.key as string)?.bytes;
    expect(await sharp(jpeg).metadata()).toMatchObject({ width: 180, height: 320 });
  });
});

describe('a video that cannot be read', () => {
  const refusal = async (path: string) =>
    shotsOf(path).then(
      () => 'not refused',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const truncated = async (path: string, share: number, name: string) => {
    const bytes = await readFile(path);
    await writeFile(clip(name), bytes.subarray(0, Math.floor(bytes.length * share)));
    return clip(name);
  };
  const cuts = () => [...cutsBetweenScenes([100, 100, 100], '25'), '-map', '[picture]', ...quickH264];

  it('ends before its index says', async () => {
    const path = makeClip([...cuts(), '-movflags', '+faststart', clip('whole.mp4')]);
    expect(await refusal(await truncated(path, 0.3, 'cut.mp4'))).toMatch(
      /^RefusedError: The video ends after \d+(\.\d)? of 12 seconds: the file was cut off/,
    );
  });

  it('ends before its Matroska header says', async () => {
    const path = makeClip([...cuts(), clip('whole.mkv')]);
    expect(await refusal(await truncated(path, 0.3, 'cut.mkv'))).toMatch(/^RefusedError: The video ends after/);
  });

  it('has lost its index', async () => {
    const path = makeClip([...cuts(), clip('index-last.mp4')]);
    expect(await refusal(await truncated(path, 0.9, 'no-index.mp4'))).toMatch(/^RefusedError: .*no moov atom/);
  });

  it('is empty', async () => {
    await (await open(clip('empty.mp4'), 'w')).close();
    expect(await refusal(clip('empty.mp4'))).toBe('RefusedError: The video file is empty. Send it again.');
  });

  it('has sound alone', async () => {
    const path = makeClip(['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', clip('sound.mp4')]);
    expect(await refusal(path)).toMatch(/^RefusedError: The file holds no moving picture/);
  });

  it.each([
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nTARGET\n#EXT-X-ENDLIST\n'],
    ['a concat script', "ffconcat version 1.0\nfile 'TARGET'\n"],
    ['a text file', 'once upon a time\n'],
    ['an SDP session', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n'],
  ])('is %s, and what it points to is not opened', async (_kind, text) => {
    const target = makeClip([...cutsBetweenScenes([5], '25'), '-map', '[picture]', ...quickH264, clip('target.ts')]);
    await writeFile(clip('playlist.mp4'), text.replace('TARGET', target));
    expect(await refusal(clip('playlist.mp4'))).toMatch(/^RefusedError: This (is a playlist|file cannot be read)/);
  });

  it('has a codec that is not read here, named in the reason', async () => {
    const path = makeClip([...cutsBetweenScenes([5], '25'), '-map', '[picture]', '-c:v', 'msmpeg4', clip('old.mkv')]);
    expect(await refusal(path)).toMatch(/^RefusedError: The picture is in the codec "msmpeg4v3"/);
  });

  it('has more pixels than any camera, and is not decoded', async () => {
    const size = ['-f', 'lavfi', '-i', 'color=size=9000x9000:rate=1:duration=1', '-frames:v', '1'];
    const path = makeClip([...size, '-c:v', 'mjpeg', clip('huge.mkv')]);
    expect(await refusal(path)).toMatch(/^RefusedError/);
  });

  it('never tells an editor a path of the machine', async () => {
    await writeFile(clip('noise.mp4'), Buffer.from('\0\0\0\x18ftypmp42'.padEnd(4000, '\x01'), 'latin1'));
    const said = await refusal(clip('noise.mp4'));
    expect(said).toMatch(/^RefusedError/);
    expect(said).not.toContain(tmpdir());
  });
});
