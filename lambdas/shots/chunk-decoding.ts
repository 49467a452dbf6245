import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { frameSize, smallFrameDecoderOptions, smallFrameFilters, splitFrames } from '../detection/frames.ts';
import {
  decoderOptions,
  decoderThreads,
  inputFile,
  inputOptions,
  lastComplaint,
  MediaToolFailedError,
  type MediaTools,
  type RunningTool,
  startTool,
} from '../detection/media-tool.ts';
import { type Chunk, type ChunkPlan, chunkAt } from './chunk-plan.ts';
import { type FrameTicks, readTimes, seekOptions, timesOutput, trimTo } from './decode-times.ts';
import { unpackTimes } from './frame-times.ts';
import { previewBranch, previewOutput } from './preview.ts';
import type { VideoFacts } from './probe.ts';

/** A frame came that was not planned, or one that was planned did not come. */
export class FrameMismatchError extends Error {
  override readonly name = 'FrameMismatchError';
}

export interface DecodedFrame {
  /** Its rank in the whole video, counted from 0. */
  frame: number;
  /** When it is shown and when the next one is, on the clock of a player: 0 is the file's start. */
  seconds: number;
  endSeconds: number;
  /** Whether the chunk answers for it; else it is context of the chunk's windows. */
  isOwn: boolean;
  /** 48 x 27 pixels of RGB, row by row. */
  pixels: Buffer;
}

/** Checksums of the frames around a chunk's edges, by which two neighbours see that they decoded the same pictures. */
export interface Seams {
  /** Of the context before the chunk and the first own frames. */
  before: number[];
  /** Of the last own frames and the context after the chunk. */
  after: number[];
}

export interface ChunkDecoding {
  /**
   * The context before, the chunk's own frames, the context after. Reading slowly slows ffmpeg down: nothing piles up.
   * @throws FrameMismatchError as soon as a frame is not the planned one, and where fewer came than planned.
   */
  frames: AsyncIterable<DecodedFrame>;
  /** Call after `frames` ended. */
  finish(): Promise<{ seams: Seams }>;
  kill(): void;
}

/**
 * To be tried one after the other while a `FrameMismatchError` comes or neighbours are at odds: the nearest seek point;
 * some keyframes earlier; the file's start, which is slow and right whatever the container's index says.
 */
export const decodeFrom = ['seekPoint', 'earlier', 'start'] as const;
export type DecodeFrom = (typeof decodeFrom)[number];

export interface DecodeChunkRequest {
  inputPath: string;
  /** Where the chunk's part of the preview is written; absent: none is made. */
  previewPath?: string | undefined;
  timeoutSeconds: number;
  /** Where to begin, by default at the nearest seek point. */
  from?: DecodeFrom;
}

/**
 * Decodes one chunk in a single pass: small frames for the windows and, where asked for, the preview's segment. Frames
 * are neither doubled nor dropped, whatever the rate does; each is held against the plan by its timestamp.
 */
export function decodeChunkFrames(
  tools: MediaTools,
  facts: VideoFacts,
  plan: ChunkPlan,
  chunkIndex: number,
  { inputPath, previewPath, timeoutSeconds, from = 'seekPoint' }: DecodeChunkRequest,
): ChunkDecoding {
  const chunk = chunkAt(plan, chunkIndex);
  const times = unpackTimes(chunk.times);
  const isLast = chunkIndex === plan.chunks.length - 1;
  const reachesEnd = chunk.lastFrame + chunk.contextAfter === plan.frameCount - 1;
  const all = plan.isTimed ? trimTo({ from: times[0], to: reachesEnd ? undefined : times.at(-1) }) : 'null';
  const own = {
    from: times[chunk.contextBefore] as number,
    to: isLast ? undefined : times[times.length - 1 - chunk.contextAfter],
  };
  const small = smallFrameFilters(facts.height).join(',');
  const graph =
    previewPath === undefined
      ? `[0:${facts.streamIndex}]${all},${small},split=2[pixels][times]`
      : [
          `[0:${facts.streamIndex}]${all},split=2[small][large]`,
          `[small]${small},split=2[pixels][times]`,
          `[large]${previewBranch(facts, plan, own)}[preview]`,
        ].join(';');
  const tool = startTool(
    tools.ffmpegPath,
    [
      ...['-nostdin', '-y', ...decoderThreads(facts), ...inputOptions, ...decoderOptions],
      ...smallFrameDecoderOptions(facts),
      ...seekOptions(seekFrom(chunk, from)),
      ...['-i', inputFile(inputPath), '-filter_complex', graph],
      ...['-map', '[pixels]', '-fps_mode', 'passthrough', '-flush_packets', '1', '-f', 'rawvideo', 'pipe:1'],
      ...['-map', '[times]', ...timesOutput(plan.timeBase), 'pipe:3'],
      ...(previewPath === undefined ? [] : ['-map', '[preview]', ...previewOutput(facts), inputFile(previewPath)]),
    ],
    { timeoutSeconds, pipes: 2 },
  );
  const seams: Seams = { before: [], after: [] };
  return {
    frames: plannedFrames(tool, { plan, chunk, times, seams }),
    finish: async () => {
      const { exitCode, complaint } = await tool.ended;
      if (exitCode !== 0)
        throw new MediaToolFailedError(`the decoder gave up (${exitCode}): ${lastComplaint(complaint)}`);
      return { seams };
    },
    kill: tool.kill,
  };
}

function seekFrom({ seekPoints, earlierSeek }: Chunk, from: DecodeFrom): number | undefined {
  if (from === 'start') return undefined;
  return from === 'earlier' ? earlierSeek.seconds : seekPoints[0]?.seconds;
}

async function* plannedFrames(
  tool: RunningTool,
  { plan, chunk, times, seams }: { plan: ChunkPlan; chunk: Chunk; times: Float64Array; seams: Seams },
): AsyncGenerator<DecodedFrame> {
  const [, pixels, , lines] = tool.process.stdio as unknown as [null, Readable, Readable, Readable];
  const ticks = queueOf(readTimes(lines));
  const planned = times.length - 1;
  const { contextFrames } = plan.geometry;
  const ownEnd = planned - chunk.contextAfter;
  const secondsAt = ({ numerator, denominator }: ChunkPlan['timeBase'], time: number) =>
    (time * numerator) / denominator - plan.startSeconds;
  let at = 0;
  for await (const picture of splitFrames(pixels, frameSize.bytes)) {
    const { pts } = (await ticks.next()) ?? { pts: Number.NaN };
    if (at >= planned || pts !== times[at])
      throw new FrameMismatchError(
        `frame ${chunk.firstFrame - chunk.contextBefore + at} was planned at ${at < planned ? times[at] : 'no time'}, it came at ${pts}`,
      );
    const checksum = crc32(picture);
    if (at < chunk.contextBefore + contextFrames) seams.before.push(checksum);
    if (at >= ownEnd - contextFrames) seams.after.push(checksum);
    yield {
      frame: chunk.firstFrame - chunk.contextBefore + at,
      seconds: secondsAt(plan.timeBase, pts),
      endSeconds: secondsAt(plan.timeBase, times[at + 1] as number),
      isOwn: at >= chunk.contextBefore && at < ownEnd,
      pixels: picture,
    };
    at += 1;
  }
  if (at !== planned) {
    // A decoder that was killed or ran out of time says so here, before its silence is taken for the file's fault.
    await tool.ended;
    throw new FrameMismatchError(`${planned} frames were planned, ${at} came`);
  }
}

/** Reads on while nobody asks, so that the writer of these few bytes never waits. */
function queueOf(items: AsyncIterable<FrameTicks>): { next(): Promise<FrameTicks | undefined> } {
  const ready: FrameTicks[] = [];
  let wake: (() => void) | undefined;
  let isOver = false;
  let failure: unknown;
  const reading = async () => {
    try {
      for await (const item of items) {
        ready.push(item);
        wake?.();
      }
    } catch (error) {
      failure = error;
    } finally {
      isOver = true;
      wake?.();
    }
  };
  void reading();
  return {
    next: async () => {
      while (ready.length === 0) {
        if (failure !== undefined) throw failure;
        if (isOver) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return ready.shift();
    },
  };
}

/**
 * Chunks whose pictures at their beginning are other than those that the chunk before saw there: decoding began where
 * it could not. They are to be decoded again from farther back (`decodeFrom`).
 * @param seams of all chunks in order.
 */
export function chunksAtOdds(seams: readonly Seams[]): number[] {
  return seams.flatMap(({ before }, chunk) => {
    if (chunk === 0) return [];
    const { after } = seams[chunk - 1] as Seams;
    const shared = Math.min(before.length, after.length);
    return before.slice(0, shared).some((checksum, at) => checksum !== after[at]) ? [chunk] : [];
  });
}
