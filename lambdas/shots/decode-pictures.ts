import type { Readable } from 'node:stream';
import { splitFrames } from '../detection/frames.ts';
import {
  decoderOptions,
  inputFile,
  inputOptions,
  lastComplaint,
  MediaToolFailedError,
  type MediaTools,
  startTool,
} from '../detection/media-tool.ts';
import { renditions } from '../runtime/renditions.ts';
import { FrameMismatchError } from './chunk-decoding.ts';
import { type Chunk, type ChunkPlan, isFrameOf } from './chunk-plan.ts';
import { seekOptions, trimTo } from './decode-times.ts';
import { unpackTimes } from './frame-times.ts';
import type { VideoFacts } from './probe.ts';

export interface Picture {
  frame: number;
  width: number;
  height: number;
  /** RGB, row by row. */
  pixels: Buffer;
}

/** Decoding on over so many frames costs about as much as to start ffmpeg at the next seek point. */
const worthSeekingFrames = 60;
/** Frames after the last wanted one that the deinterlacer asks for. */
const framesAhead = 3;

interface Run {
  /** What to try one after the other: where to begin, undefined for the file's start. */
  begins: (number | undefined)[];
  wanted: { frame: number; time: number }[];
  end?: number | undefined;
}

/**
 * Decodes single frames, beginning at the seek point before each, in full size up to the size of a keyframe.
 * @param frames global numbers, rising.
 * @throws FrameMismatchError where one does not come, wherever decoding begins.
 */
export async function* decodePictures(
  tools: MediaTools,
  facts: VideoFacts,
  plan: ChunkPlan,
  { inputPath, frames, timeoutSeconds }: { inputPath: string; frames: readonly number[]; timeoutSeconds: number },
): AsyncGenerator<Picture> {
  const size = keyframeSize(facts);
  for (const run of runsOf(plan, frames)) yield* await picturesOf(run);

  async function picturesOf({ begins, wanted, end }: Run): Promise<Picture[]> {
    const chosen = wanted.map(({ frame, time }) => (plan.isTimed ? `eq(pts,${time})` : `eq(n,${frame})`));
    for (const begin of begins) {
      const pictures: Picture[] = [];
      const request = { inputPath, timeoutSeconds, begin, end, chosen, size };
      for await (const pixels of selectFrames(tools, facts, plan, request)) {
        const frame = wanted[pictures.length]?.frame;
        if (frame !== undefined) pictures.push({ frame, ...size, pixels });
      }
      // All or none: which of several is missing cannot be told from the pictures that came.
      if (pictures.length === wanted.length) return pictures;
    }
    const [first, last] = [wanted[0]?.frame, wanted.at(-1)?.frame];
    throw new FrameMismatchError(`frames ${first} to ${last} were there before and could not all be decoded again`);
  }
}

/** Pictures held at once: 24 of 1280 x 720 take 66 MB. */
const picturesPerRun = 24;

function runsOf(plan: ChunkPlan, frames: readonly number[]): Run[] {
  if (!plan.isTimed)
    return inGroups(frames, picturesPerRun).map((group) => ({
      begins: [undefined],
      wanted: group.map((frame) => ({ frame, time: Number.NaN })),
    }));
  const runs: Run[] = [];
  let last: { run: Run; frame: number; chunk: Chunk } | undefined;
  for (const frame of frames) {
    const chunk = plan.chunks.find((each) => isFrameOf(each, frame));
    if (chunk === undefined) throw new RangeError(`the video has ${plan.frameCount} frames, none at ${frame}`);
    const times = unpackTimes(chunk.times);
    const at = frame - chunk.firstFrame + chunk.contextBefore;
    const point = chunk.seekPoints.findLast((candidate) => candidate.frame <= frame) ?? { frame: 0 };
    const isNear =
      last?.chunk === chunk && last.run.wanted.length < picturesPerRun && point.frame - last.frame < worthSeekingFrames;
    const run: Run = isNear
      ? (last as NonNullable<typeof last>).run
      : { begins: beginsOf(point.seconds, chunk), wanted: [] };
    if (!isNear) runs.push(run);
    run.wanted.push({ frame, time: times[at] as number });
    run.end = times[at + framesAhead];
    last = { run, frame, chunk };
  }
  return runs;
}

const beginsOf = (seconds: number | undefined, { earlierSeek }: Chunk): (number | undefined)[] =>
  seconds === undefined ? [undefined] : [...new Set([seconds, earlierSeek.seconds, undefined])];

function inGroups<Item>(items: readonly Item[], size: number): Item[][] {
  const groups: Item[][] = [];
  for (let first = 0; first < items.length; first += size) groups.push(items.slice(first, first + size));
  return groups;
}

async function* selectFrames(
  tools: MediaTools,
  facts: VideoFacts,
  { timeBase }: ChunkPlan,
  request: {
    inputPath: string;
    timeoutSeconds: number;
    begin: number | undefined;
    end: number | undefined;
    chosen: readonly string[];
    size: Size;
  },
): AsyncGenerator<Buffer> {
  const { inputPath, timeoutSeconds, begin, end, chosen, size } = request;
  const filters = [
    ...(end === undefined ? [] : [trimTo({ to: end })]),
    ...(facts.isInterlaced ? ['yadif=deint=interlaced', `settb=${timeBase.numerator}/${timeBase.denominator}`] : []),
    `select='${chosen.join('+')}'`,
    `scale=${size.width}:${size.height}:flags=bicubic`,
    'setsar=1',
    'format=rgb24',
  ];
  const tool = startTool(
    tools.ffmpegPath,
    [
      ...['-nostdin', '-threads', '2', ...inputOptions, ...decoderOptions, ...seekOptions(begin)],
      ...['-i', inputFile(inputPath), '-filter_complex', `[0:${facts.streamIndex}]${filters.join(',')}[chosen]`],
      ...['-map', '[chosen]', '-fps_mode', 'passthrough', '-frames:v', String(chosen.length)],
      ...['-f', 'rawvideo', 'pipe:1'],
    ],
    { timeoutSeconds, pipes: 1 },
  );
  try {
    yield* splitFrames(tool.process.stdout as Readable, size.width * size.height * 3);
    const { exitCode, complaint } = await tool.ended;
    if (exitCode !== 0) throw new MediaToolFailedError(`keyframes could not be decoded: ${lastComplaint(complaint)}`);
  } finally {
    tool.kill();
  }
}

interface Size {
  width: number;
  height: number;
}

function keyframeSize({ width, height }: VideoFacts): Size {
  const scale = Math.min(1, renditions.keyframe.maxPixels / Math.max(width, height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}
