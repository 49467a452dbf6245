import { isLargePicture, lastComplaint, type MediaTools } from '../detection/media-tool.ts';
import type { WindowGeometry } from '../detection/windows.ts';
import { RefusedError } from '../runtime/errors.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { assertComplete } from './completeness.ts';
import { decodeTimes } from './decode-times.ts';
import { decodedFrames, endingWith, promisedFrames, startingWith } from './frame-table.ts';
import { isKey, type PacketIndex, readPacketIndex } from './packet-index.ts';
import { type FrameTable, planChunks } from './plan-chunks.ts';
import type { VideoFacts } from './probe.ts';
import { seekSeconds, seekStyleOf } from './seek-target.ts';

export interface PlanRequest {
  inputPath: string;
  geometry: WindowGeometry;
  framesPerChunk: number;
  timeoutSeconds: number;
  /**
   * `ends`: the packets' timestamps are believed where a decoder agrees at the video's start and end. `whole`: all is
   * decoded to know the frames; for videos of which a chunk turned out other than planned.
   */
  proof?: 'ends' | 'whole';
}

/** Frames at the start and the end that are decoded to see whether packets and frames agree. */
const proofFrames = 25;
/** The first keyframe may come late in what was cut out of a broadcast: so many frames from there on are looked at. */
const framesAfterFirstKey = 25;

/**
 * Looks at the whole file once and says which frames there are and how workers share them.
 * @throws RefusedError where there are none, or clearly fewer than the container promised.
 */
export async function planVideo(tools: MediaTools, facts: VideoFacts, request: PlanRequest): Promise<ChunkPlan> {
  const index = await readPacketIndex(tools, facts, request);
  const table =
    (request.proof === 'whole' ? undefined : await provenTable(tools, facts, index, request)) ??
    (await decodedTable(tools, facts, index, request));
  const first = table.times[0];
  if (first === undefined) throw new RefusedError('No picture of the video could be decoded. Export it again.');
  const seconds = (ticks: number) => (ticks * index.timeBase.numerator) / index.timeBase.denominator;
  // Matroska promises when the picture ends, others how long it lasts.
  const begin = facts.container === 'matroska' || facts.container === 'webm' ? index.startSeconds : seconds(first);
  assertComplete(seconds(table.end) - begin, facts.promisedSeconds);
  return planChunks(index, table, { ...request, seekStyle: seekStyleOf(facts.container) });
}

/** @returns undefined where packets and frames do not agree. */
async function provenTable(
  tools: MediaTools,
  facts: VideoFacts,
  index: PacketIndex,
  request: PlanRequest,
): Promise<FrameTable | undefined> {
  const promised = promisedFrames(index);
  if (promised === undefined) return undefined;
  const { times } = promised;
  const headTo = times[Math.max(proofFrames, firstKeyFrame(index, times) + framesAfterFirstKey)];
  if (headTo === undefined || times.length <= 2 * proofFrames) return undefined;
  const decode = (part: { seekSeconds?: number | undefined; from?: number; to?: number }) =>
    decodeTimes(tools, facts, { ...request, timeBase: index.timeBase, ...part });
  const judged = keyPacketBefore(index, times[times.length - proofFrames] as number);
  if (judged === undefined) return undefined;
  const from = index.pts[judged] as number;
  const decodeEnd = (entry: number | undefined) =>
    decode({ seekSeconds: entry === undefined ? undefined : seekTo(index, entry, facts), from });
  const head = decode({ to: headTo });
  if (isLargePicture(facts)) await head;
  const [first, last] = await Promise.all([head, decodeEnd(judged)]);
  const started = startingWith(promised, timesOf(first.frames), headTo);
  if (started === undefined) return undefined;
  // A decoder that enters at a keyframe may take some frames to find its feet: then it begins a keyframe earlier.
  return (
    endingWith(started, timesOf(last.frames), from) ??
    endingWith(started, timesOf((await decodeEnd(keyPacketBefore(index, from - 1))).frames), from)
  );
}

const seekTo = ({ pts, dts, timeBase }: PacketIndex, packet: number, { container }: VideoFacts): number | undefined =>
  seekSeconds({ pts: pts[packet] as number, dts: dts[packet] as number }, timeBase, seekStyleOf(container));

const timesOf = (frames: readonly { pts: number }[]): number[] => frames.map(({ pts }) => pts);

/** Rank of the first keyframe's picture. */
function firstKeyFrame({ count, flags, pts }: PacketIndex, times: Float64Array): number {
  let packet = 0;
  while (packet < count && ((flags[packet] as number) & isKey) === 0) packet += 1;
  const shown = pts[packet] ?? 0;
  const rank = times.findIndex((time) => time >= shown);
  return Math.max(0, rank);
}

/** The last keyframe shown at or before `time`. */
function keyPacketBefore({ count, flags, pts }: PacketIndex, time: number): number | undefined {
  for (let packet = count - 1; packet >= 0; packet -= 1)
    if (((flags[packet] as number) & isKey) !== 0 && (pts[packet] as number) <= time) return packet;
  return undefined;
}

async function decodedTable(
  tools: MediaTools,
  facts: VideoFacts,
  index: PacketIndex,
  request: PlanRequest,
): Promise<FrameTable> {
  const { frames, complaint } = await decodeTimes(tools, facts, { ...request, timeBase: index.timeBase });
  const last = frames.at(-1);
  if (last === undefined)
    throw new RefusedError(`No picture of the video could be decoded (${lastComplaint(complaint)}). Export it again.`);
  return decodedFrames(timesOf(frames), last.pts + Math.max(1, last.duration));
}
