import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { shotsModelSchema } from '../../../lambdas/contracts/models.ts';
import { frameSize } from '../../../lambdas/detection/frames.ts';
import { decodeChunkFrames } from '../../../lambdas/shots/chunk-decoding.ts';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { places, root } from '../../../setup/places.ts';
import { plainTransNet } from '../accuracy/detectors.ts';
import { scoreDetector } from '../accuracy/score.ts';
import { type Clip, prepareClips } from '../benchmark/prepare.ts';
import type { Prepared } from './prepare.ts';

/** Of all transitions, and by the kind of the truth; the published rule names no kind, so false ones count for both. */
interface F1 {
  all: number;
  cut: number;
  gradual: number;
}

export interface Quality {
  clips: number;
  own: F1;
  published: F1;
  /** Of the single head, over all frames: mean and largest difference. */
  meanDifference: number;
  largestDifference: number;
}
type Side = 'own' | 'published';
const sides: readonly Side[] = ['own', 'published'];

/**
 * The published package judges some fifty frames a second and core: so many of the benchmark's frames take minutes.
 * Fewer could not tell 0.2 points: of 110 cuts one alone is a third of a point.
 */
const maxFrames = 20_000;
const timeoutSeconds = 600;
const script = (name: string): string => path.join(import.meta.dirname, name);

/**
 * F1 of both sides on the same files by the same rule, the published one's. The files are clips of the reporting set
 * enlarged to 1080p, as many as `maxFrames` hold, each read by either side in its own way: what differs is how small
 * frames are made, the windows and the arithmetic.
 */
export async function sameQuality(prepared: Prepared): Promise<Quality> {
  const { folder, clips } = await prepareClips();
  const enlarged = path.join(folder, 'enlarged');
  await mkdir(enlarged, { recursive: true });
  let frames = 0;
  const chosen = clips.filter(({ set, frameCount }) => {
    if (set !== 'reporting' || frames + frameCount > maxFrames) return false;
    frames += frameCount;
    return true;
  });
  for (const clip of chosen) {
    const file = await makeOnce(path.join(enlarged, `${clip.name}.mp4`), (made) => enlarge(folder, clip, made));
    await makeOnce(path.join(enlarged, `${clip.name}.published.frames`), (made) => publishedFrames(file, made));
    await ownFrames(file, path.join(enlarged, `${clip.name}.own.frames`), prepared.modelFile);
  }
  const names = (side: Side) => chosen.map(({ name }) => `${name}.${side}`);
  await execa(
    places.pythonBinary,
    [script('session.py'), prepared.archive, 'probabilities', enlarged, prepared.modelFile, ...names('own')],
    { cwd: root, env: { PYTHONPATH: root }, stderr: 'inherit' },
  );
  const missing = names('published').filter((name) => !existsSync(path.join(enlarged, `${name}.f32`)));
  if (missing.length > 0)
    await execa(prepared.python, [script('published.py'), '2', 'probabilities', enlarged, ...missing], {
      stderr: 'inherit',
    });
  const f1 = (side: Side) => {
    const { all, generous } = scoreDetector(chosen, (clip) => plainTransNet(readHeads(enlarged, clip, side)));
    return { all: all.f1, cut: generous.cut.f1, gradual: generous.gradual.f1 };
  };
  const differences = chosen.flatMap((clip) => {
    const [own, published] = sides.map((side) => readHeads(enlarged, clip, side));
    return (own ?? []).map(({ single }, frame) => Math.abs(single - (published?.[frame]?.single ?? Number.NaN)));
  });
  return {
    clips: chosen.length,
    own: f1('own'),
    published: f1('published'),
    meanDifference: differences.reduce((sum, each) => sum + each, 0) / differences.length,
    largestDifference: differences.reduce((most, each) => Math.max(most, each), 0),
  };
}

async function makeOnce(file: string, make: (file: string) => Promise<unknown>): Promise<string> {
  if (!existsSync(file)) {
    const unfinished = path.join(path.dirname(file), `unfinished-${path.basename(file)}`);
    await make(unfinished);
    await rename(unfinished, file);
  }
  return file;
}

const ffmpeg = (...options: string[]) => execa(places.ffmpeg, ['-nostdin', '-y', '-v', 'error', ...options]);

/** With grain, as a camera has it. */
const enlarge = (folder: string, { file }: Clip, made: string) =>
  ffmpeg(
    ...['-i', path.join(folder, file), '-vf', 'scale=1920:1080:flags=lanczos,setsar=1,noise=alls=6:allf=t'],
    ...['-fps_mode', 'passthrough', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-g', '50', made],
  );

/** As the package asks ffmpeg: the size alone, all else by default. */
const publishedFrames = (file: string, made: string) =>
  ffmpeg('-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${frameSize.width}x${frameSize.height}`, made);

async function ownFrames(inputPath: string, made: string, modelFile: string): Promise<void> {
  const tools = { ffmpegPath: places.ffmpeg, ffprobePath: places.ffprobe };
  const { limits } = shotsModelSchema.parse(JSON.parse(readFileSync(modelFile, 'utf8')));
  const facts = await probeVideo(tools, inputPath);
  const plan = await planVideo(tools, facts, { inputPath, geometry: limits, framesPerChunk: 1000, timeoutSeconds });
  async function* pixels() {
    for (const chunk of plan.chunks.keys()) {
      const decoding = decodeChunkFrames(tools, facts, plan, chunk, { inputPath, timeoutSeconds });
      for await (const frame of decoding.frames) if (frame.isOwn) yield frame.pixels;
      await decoding.finish();
    }
  }
  await pipeline(Readable.from(pixels()), createWriteStream(made));
}

function readHeads(folder: string, { name, frameCount }: Clip, side: Side): { single: number; many: number }[] {
  const bytes = readFileSync(path.join(folder, `${name}.${side}.f32`));
  const heads = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (heads.length !== 2 * frameCount) throw new Error(`${name}: ${heads.length} numbers for ${frameCount} frames`);
  return Array.from({ length: frameCount }, (_, frame) => ({
    single: heads[frame] as number,
    many: heads[frameCount + frame] as number,
  }));
}
