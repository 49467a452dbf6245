import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
  inputFile,
  inputOptions,
  lastComplaint,
  MediaToolFailedError,
  type MediaTools,
  startTool,
} from '../detection/media-tool.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { trimTo } from './decode-times.ts';
import type { VideoFacts } from './probe.ts';

/** Short side of the preview in pixels. */
const previewShortSide = 360;
/** Frames between the preview's own keyframes: a jump to a shot decodes at most two seconds. */
const keyframeInterval = 50;
/** Ticks a second of the preview's own clock. */
const previewTicks = 90_000;

/**
 * Filters from full frames, context included, to the preview's own frames.
 * @param own first timestamp and the one after the last, in the stream's ticks.
 */
export function previewBranch(
  facts: VideoFacts,
  { timeBase, startSeconds, isTimed }: ChunkPlan,
  own: { from: number; to: number | undefined },
): string {
  const { width, height } = previewSize(facts);
  // Its clock runs at half ticks; back on the stream's own, frames are told apart by their timestamps again.
  const deinterlace = facts.isInterlaced
    ? [`yadif=deint=interlaced`, `settb=${timeBase.numerator}/${timeBase.denominator}`]
    : [];
  return [
    ...deinterlace,
    ...(isTimed ? [trimTo(own)] : []),
    `setpts=PTS-(${startSeconds})/TB`,
    `scale=${width}:${height}:flags=bicubic`,
    'setsar=1',
    'format=yuv420p',
  ].join(',');
}

/**
 * One segment: fragments of an MP4 on the whole preview's clock. Without reordered frames a segment needs no edit list,
 * and its bytes may follow those of the one before.
 */
export function previewOutput(facts: VideoFacts): string[] {
  return [
    ...['-an', '-fps_mode', 'passthrough', '-enc_time_base', `1/${previewTicks}`, '-map_metadata', '-1'],
    ...[
      '-map_chapters',
      '-1',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-crf',
      '27',
      '-profile:v',
      'main',
      '-bf',
      '0',
    ],
    ...['-threads', '2', '-x264-params', `fps=${Math.round(facts.framesPerSecond * 1000)}/1000:scenecut=0`],
    ...[
      '-g',
      String(keyframeInterval),
      '-video_track_timescale',
      String(previewTicks),
      '-use_editlist',
      '0',
      '-avoid_negative_ts',
      'disabled',
    ],
    ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+frag_discont', '-fflags', '+bitexact'],
    ...['-flags:v', '+bitexact', '-f', 'mp4'],
  ];
}

/** Even numbers, as yuv420p needs them, never larger than the original. */
function previewSize({ width, height }: VideoFacts): { width: number; height: number } {
  const scale = Math.min(1, previewShortSide / Math.min(width, height));
  const even = (side: number) => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Segments that were not encoded alike cannot follow each other. */
export class SegmentMismatchError extends Error {
  override readonly name = 'SegmentMismatchError';
}

/**
 * Lays the chunks' segments end to end and puts the sound beside them; nothing is encoded again.
 * @param segments paths in the order of the chunks; they are read once.
 * @param joinedPath a scratch file; `previewPath` the playable result, its index at the front.
 */
export async function joinPreviews(
  tools: MediaTools,
  {
    segments,
    soundPath,
    joinedPath,
    previewPath,
    timeoutSeconds,
  }: {
    segments: readonly string[];
    soundPath?: string | undefined;
    joinedPath: string;
    previewPath: string;
    timeoutSeconds: number;
  },
): Promise<void> {
  const first = segments[0];
  if (first === undefined) throw new RangeError('there are no segments');
  const header = await headerOf(first);
  for (const [at, segment] of segments.entries()) {
    if (at > 0 && !(await headerOf(segment)).equals(header))
      throw new SegmentMismatchError(`segment ${at} of the preview was encoded otherwise than the first`);
    await pipeline(
      createReadStream(segment, { start: at === 0 ? 0 : header.length }),
      createWriteStream(joinedPath, { flags: at === 0 ? 'w' : 'a', mode: 0o600 }),
    );
  }
  const sound = soundPath === undefined ? [] : ['-i', inputFile(soundPath)];
  const tool = startTool(
    tools.ffmpegPath,
    [
      ...['-nostdin', '-y', '-protocol_whitelist', 'file', '-copyts', '-i', inputFile(joinedPath), ...sound],
      ...['-map', '0:v', ...(soundPath === undefined ? [] : ['-map', '1:a']), '-c', 'copy', '-map_metadata', '-1'],
      ...['-movflags', '+faststart', '-f', 'mp4', inputFile(previewPath)],
    ],
    { timeoutSeconds, pipes: 1 },
  );
  tool.process.stdout?.resume();
  const { exitCode, complaint } = await tool.ended;
  if (exitCode !== 0) throw new MediaToolFailedError(`the preview could not be joined: ${lastComplaint(complaint)}`);
}

const maxHeaderBytes = 64 * 1024;
const boxHeaderBytes = 8;

/** The boxes of an MP4 before its first fragment. */
async function headerOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxHeaderBytes), 0, maxHeaderBytes, 0);
    let end = 0;
    while (end + boxHeaderBytes <= bytesRead && buffer.toString('latin1', end + 4, end + 8) !== 'moof')
      end += Math.max(boxHeaderBytes, buffer.readUInt32BE(end));
    return buffer.subarray(0, Math.min(end, bytesRead));
  } finally {
    await file.close();
  }
}

/**
 * Writes the preview's sound: stereo AAC on the preview's clock, in one piece.
 * @returns whether the video has sound that can be carried.
 */
export async function extractSound(
  tools: MediaTools,
  facts: VideoFacts,
  { inputPath, soundPath, timeoutSeconds }: { inputPath: string; soundPath: string; timeoutSeconds: number },
): Promise<boolean> {
  if (facts.audioStreamIndex === undefined) return false;
  const tool = startTool(
    tools.ffmpegPath,
    [
      ...['-nostdin', '-y', '-threads', '1', ...inputOptions, '-i', inputFile(inputPath), '-vn'],
      ...['-map', `0:${facts.audioStreamIndex}`, '-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-map_metadata', '-1'],
      ...['-map_chapters', '-1', '-f', 'mp4', inputFile(soundPath)],
    ],
    { timeoutSeconds, pipes: 1 },
  );
  tool.process.stdout?.resume();
  const { exitCode, complaint } = await tool.ended;
  if (exitCode !== 0) throw new MediaToolFailedError(`the sound could not be read: ${lastComplaint(complaint)}`);
  return true;
}
