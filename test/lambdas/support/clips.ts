import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaTools } from '../../../lambdas/detection/media-tool.ts';

const installed = join(import.meta.dirname, '../../../.wirescope/tools/ffmpeg');
const toolPath = (name: string, variable: string): string => {
  const path = process.env[variable] ?? join(installed, name);
  if (!existsSync(path)) throw new Error(`${name} is not at ${path}: run the set-up first, or name it in ${variable}`);
  return path;
};
export const mediaTools: MediaTools = {
  ffmpegPath: toolPath('ffmpeg', 'FFMPEG_PATH'),
  ffprobePath: toolPath('ffprobe', 'FFPROBE_PATH'),
};

/** Runs ffmpeg for a fixture; `options` end with the file to write. */
export function makeClip(options: readonly string[]): string {
  execFileSync(mediaTools.ffmpegPath, ['-nostdin', '-loglevel', 'error', '-y', ...options], {
    timeout: 60_000,
    env: { ...process.env, GCONV_PATH: '/dev/null' },
  });
  return options.at(-1) as string;
}

/** Sources that differ in brightness, colour and pattern, so that a change of source is a cut. */
const scenes = [
  'testsrc=size=320x180',
  'color=c=darkgreen:size=320x180,drawgrid=w=40:h=40:t=6:c=white',
  'mandelbrot=size=320x180',
  'color=c=orange:size=320x180,drawgrid=w=20:h=60:t=4:c=navy',
];

/** Inputs and filter of hard cuts: scene after scene with so many frames each, as `[picture]`. */
export function cutsBetweenScenes(frameCounts: readonly number[], framesPerSecond: string): string[] {
  const inputs = frameCounts.flatMap((_, index) => [
    '-f',
    'lavfi',
    '-i',
    scenes[index % scenes.length]
      ?.replace('=size', `=rate=${framesPerSecond}:size`)
      .replace('color=c', `color=rate=${framesPerSecond}:c`) as string,
  ]);
  const trimmed = frameCounts.map(
    (count, index) => `[${index}:v]trim=end_frame=${count},setpts=PTS-STARTPTS[s${index}]`,
  );
  const joined = frameCounts.map((_, index) => `[s${index}]`).join('');
  const graph = `${trimmed.join(';')};${joined}concat=n=${frameCounts.length}:v=1[picture]`;
  return [...inputs, '-filter_complex', graph];
}
/** H.264 fast to make, without B-frames where the test cares for frame numbers alone. */
export const quickH264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
