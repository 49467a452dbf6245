import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { frameSize, splitFrames } from '../detection/frames.ts';
import { decoderOptions, inputFile, inputOptions, type MediaTools, startTool } from '../detection/media-tool.ts';
import type { VideoFacts } from './probe.ts';

/** Short side of the preview in pixels. */
const previewShortSide = 360;
/** Frames between the preview's own keyframes: a jump to a shot decodes at most two seconds. */
const previewKeyframeInterval = 50;

export interface FrameTime {
  startSeconds: number;
  endSeconds: number;
}
export interface Decoding {
  /** The frames in order of presentation, 3,888 bytes each. Reading slowly slows ffmpeg down: nothing piles up. */
  frames: AsyncIterable<Buffer>;
  /** Call after `frames` ended: one entry a frame, on the clock of the preview (0 = the file's start). */
  finish(): Promise<{ times: FrameTime[]; exitCode: number; complaint: string }>;
  kill(): void;
}

/**
 * Decodes the picture once: small frames to one pipe, their presentation timestamps to another, and the preview
 * for the page's player into a file. Frames are neither doubled nor dropped, whatever the rate does.
 */
export function decodeVideo(
  tools: MediaTools,
  facts: VideoFacts,
  { inputPath, previewPath, timeoutSeconds }: { inputPath: string; previewPath: string; timeoutSeconds: number },
): Decoding {
  const preview = previewSize(facts);
  const deinterlace = facts.isInterlaced ? 'yadif=deint=interlaced,' : '';
  const graph = [
    `[0:${facts.streamIndex}]split=2[small][large]`,
    `[small]scale=${frameSize.width}:${frameSize.height}:flags=bicubic,format=rgb24,split=2[pixels][times]`,
    `[large]${deinterlace}scale=${preview.width}:${preview.height}:flags=bicubic,setsar=1,format=yuv420p[preview]`,
  ].join(';');
  const audio =
    facts.audioStreamIndex === undefined
      ? []
      : ['-map', `0:${facts.audioStreamIndex}`, '-c:a', 'aac', '-b:a', '96k', '-ac', '2'];
  const tool = startTool(
    tools.ffmpegPath,
    [
      ...['-nostdin', '-y', '-threads', '2', ...inputOptions, ...decoderOptions, '-i', inputFile(inputPath)],
      ...['-filter_complex', graph],
      ...['-map', '[pixels]', '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
      // framecrc writes one line a packet: stream, dts, pts, duration, size, checksum, here in microseconds.
      ...['-map', '[times]', '-fps_mode', 'passthrough', '-enc_time_base', '1/1000000', '-f', 'framecrc', 'pipe:3'],
      ...['-map', '[preview]', ...audio, '-fps_mode', 'vfr', '-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '27', '-profile:v', 'main', '-threads', '2'],
      ...['-g', String(previewKeyframeInterval), '-movflags', '+faststart', '-f', 'mp4', inputFile(previewPath)],
    ],
    { timeoutSeconds, pipes: 2 },
  );
  const [, pixels, , times] = tool.process.stdio as unknown as [null, Readable, Readable, Readable];
  const timesRead = readTimes(times);
  timesRead.catch(() => {});
  return {
    frames: splitFrames(pixels, frameSize.bytes),
    finish: async () => ({ times: await timesRead, ...(await tool.ended) }),
    kill: tool.kill,
  };
}

/** Even numbers, as yuv420p needs them, never larger than the original. */
function previewSize({ width, height }: VideoFacts): { width: number; height: number } {
  const scale = Math.min(1, previewShortSide / Math.min(width, height));
  const even = (side: number) => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

async function readTimes(lines: Readable): Promise<FrameTime[]> {
  const times: FrameTime[] = [];
  for await (const line of createInterface({ input: lines })) {
    if (line.startsWith('#')) continue;
    const [, , presentation, duration] = line.split(',').map(Number) as [number, number, number, number];
    times.push({ startSeconds: presentation / 1e6, endSeconds: (presentation + duration) / 1e6 });
  }
  return times;
}
