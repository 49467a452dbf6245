import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { places } from '../../../setup/places.ts';

export interface Material {
  name: string;
  seconds: number;
  size: string;
  bitrate: string;
  /** Options of the encoder: H.264 of eight bits where none are given. */
  encoder?: readonly string[];
}
const h264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
/**
 * What is encoded; a longer video repeats it, since eight hours would take eight hours. Whole groups of pictures,
 * windows and repeats fill a chunk, and whole chunks an hour and eight of them, so that each chunk but the first shows
 * what the others show.
 */
export const encodedSeconds = 50;
export const framesPerSecond = 25;
export const framesPerChunk = 4 * encodedSeconds * framesPerSecond;
/** Videos up to here are encoded whole. */
const longestWhole = 60;

/**
 * A test pattern that moves, with a cut every few seconds; made once and kept.
 * @returns the file's path.
 * @throws RangeError for a long video that is no whole number of repeats.
 */
export async function material({ name, seconds, size, bitrate, encoder = h264 }: Material): Promise<string> {
  const folder = path.join(places.workshop, 'measure', 'shots-scale');
  mkdirSync(folder, { recursive: true });
  const own = seconds <= longestWhole ? seconds : encodedSeconds;
  if (seconds % own !== 0) throw new RangeError(`${seconds} seconds are no whole number of ${own}`);
  const file = path.join(folder, `${name}-${seconds}s-of-${own}s.mp4`);
  if (existsSync(file)) return file;
  console.log(`making ${name} (${size}, ${seconds} s) once`);
  const unfinished = path.join(folder, `.${name}.unfinished.mp4`);
  const piece = path.join(folder, `.piece-${size}-${bitrate}-${own}-${encoder[1]}.mp4`);
  if (!existsSync(piece)) {
    await execa(places.ffmpeg, [
      ...['-hide_banner', '-loglevel', 'error', '-y'],
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${framesPerSecond}:duration=${own}`],
      ...['-vf', "hue=h='90*floor(t/4)',negate=enable='lt(mod(t,8),4)'"],
      ...[...encoder, '-preset', 'veryfast', '-b:v', bitrate, '-bf', '2', '-g', '50', unfinished],
    ]);
    renameSync(unfinished, piece);
  }
  await execa(places.ffmpeg, [
    ...['-hide_banner', '-loglevel', 'error', '-y', '-stream_loop', String(seconds / own - 1)],
    ...['-i', piece, '-c', 'copy', unfinished],
  ]);
  renameSync(unfinished, file);
  return file;
}
