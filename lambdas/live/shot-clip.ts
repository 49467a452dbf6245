import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputFile, lastComplaint, MediaToolFailedError, type MediaTools, startTool } from '../detection/media-tool.ts';

const clipTimeoutSeconds = 120;
/** Frames between the clip's own keyframes, as in the archive's previews. */
const keyframeInterval = 50;

export interface ClipFacts {
  framesPerSecond: number;
  /** `HH:MM:SS:FF` of its first frame. */
  timecode: string;
  startedAt: Date;
  title: string;
  /** Makes two clips of the same pictures two clips: each stands for its own moment. */
  comment: string;
}

/**
 * Makes an MP4 that any browser plays of a shot's pictures. It says itself when it was taken and what of.
 * @throws MediaToolFailedError
 */
export async function makeClip(
  tools: Pick<MediaTools, 'ffmpegPath'>,
  pictures: readonly Buffer[],
  { framesPerSecond, timecode, startedAt, title, comment }: ClipFacts,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'wirescope-live-'));
  try {
    const input = join(folder, 'pictures.mjpeg');
    const output = join(folder, 'clip.mp4');
    await writeFile(input, Buffer.concat(pictures));
    const tool = startTool(
      tools.ffmpegPath,
      [
        ...['-nostdin', '-y', '-threads', '1', '-protocol_whitelist', 'file', '-format_whitelist', 'mjpeg'],
        ...['-f', 'mjpeg', '-framerate', String(framesPerSecond), '-i', inputFile(input)],
        ...['-vf', 'scale=in_range=full:out_range=tv,format=yuv420p', '-c:v', 'libx264', '-preset', 'superfast'],
        ...['-crf', '24', '-profile:v', 'main', '-threads', '1', '-g', String(keyframeInterval)],
        ...['-timecode', timecode, '-metadata', `creation_time=${startedAt.toISOString()}`],
        ...['-metadata', `title=${title}`, '-metadata', `comment=${comment}`],
        ...['-movflags', '+faststart', '-f', 'mp4', inputFile(output)],
      ],
      { timeoutSeconds: clipTimeoutSeconds, pipes: 1 },
    );
    const { exitCode, complaint } = await tool.ended;
    if (exitCode !== 0) throw new MediaToolFailedError(`a clip could not be made: ${lastComplaint(complaint)}`);
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
