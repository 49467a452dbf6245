import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { places } from '../../../setup/places.ts';

export interface Material {
  name: string;
  seconds: number;
  size: string;
}
export const framesPerSecond = 25;

/** A test pattern that moves, with a cut every few seconds; made once and kept. @returns the file's path. */
export async function material({ name, seconds, size }: Material): Promise<string> {
  const folder = path.join(places.workshop, 'measure', 'shots-scale');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.mp4`);
  if (existsSync(file)) return file;
  console.log(`making ${name} (${size}, ${seconds} s) once`);
  const unfinished = path.join(folder, `.${name}.unfinished.mp4`);
  // One minute is encoded and then repeated without encoding: eight hours would take eight hours.
  const minute = path.join(folder, `.minute-${size}.mp4`);
  if (!existsSync(minute)) {
    await execa(places.ffmpeg, [
      ...['-hide_banner', '-loglevel', 'error', '-y'],
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${framesPerSecond}:duration=60`],
      ...['-vf', "hue=h='90*floor(t/4)',negate=enable='lt(mod(t,8),4)'"],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', size === '320x180' ? '200k' : '6M', '-bf', '2', '-g', '50'],
      ...['-pix_fmt', 'yuv420p', unfinished],
    ]);
    renameSync(unfinished, minute);
  }
  await execa(places.ffmpeg, [
    ...['-hide_banner', '-loglevel', 'error', '-y', '-stream_loop', String(Math.ceil(seconds / 60) - 1)],
    ...['-i', minute, '-c', 'copy', '-t', String(seconds), unfinished],
  ]);
  renameSync(unfinished, file);
  return file;
}
