import type { WindowGeometry } from '../detection/windows.ts';
import type { ByteRange, Chunk, ChunkPlan, SeekPoint } from './chunk-plan.ts';
import { packTimes } from './frame-times.ts';
import { isDiscarded, isKey, type PacketIndex } from './packet-index.ts';
import { type SeekStyle, seekSeconds } from './seek-target.ts';

/** The frames of a whole video. */
export interface FrameTable {
  /** One timestamp a frame, in ticks, in the order in which a decoder shows them. */
  times: Float64Array;
  /** When the last frame ends, in ticks. */
  end: number;
}

/**
 * Where chunks begin: as few as `framesPerChunk` allows, as even as the windows' grid allows, since a video is done when
 * its last chunk is. What the grid leaves goes to the later ones, the last of which may end within a window.
 */
function chunkStarts(frameCount: number, framesPerChunk: number, { strideFrames }: WindowGeometry): number[] {
  const windows = Math.ceil(frameCount / strideFrames);
  const chunks = Math.ceil(windows / Math.max(1, Math.ceil(framesPerChunk / strideFrames)));
  return Array.from({ length: chunks }, (_, chunk) => Math.floor((chunk * windows) / chunks) * strideFrames);
}

/**
 * Cuts a video into chunks on the one grid of its windows.
 * @param framesPerChunk what no chunk exceeds, raised to the next multiple of the geometry's stride.
 * @param seekStyle how the container's demuxer finds a time.
 */
export function planChunks(
  index: PacketIndex,
  { times, end }: FrameTable,
  { geometry, framesPerChunk, seekStyle }: { geometry: WindowGeometry; framesPerChunk: number; seekStyle: SeekStyle },
): ChunkPlan {
  const isTimed = isRising(times);
  const bounds = packetBounds(index);
  const plan = {
    geometry,
    frameCount: times.length,
    timeBase: index.timeBase,
    startSeconds: index.startSeconds,
    isTimed,
    ...(bounds === undefined ? {} : { packetBytes: bounds }),
  };
  const entries = isTimed ? entryPoints(index, times) : [];
  const chunks: Chunk[] = [];
  const starts = isTimed ? chunkStarts(times.length, framesPerChunk, geometry) : [0];
  for (const [at, firstFrame] of starts.entries()) {
    const lastFrame = (starts[at + 1] ?? times.length) - 1;
    const contextBefore = Math.min(geometry.contextFrames, firstFrame);
    const reach = contextAfterWindows(lastFrame - firstFrame + 1, geometry);
    const contextAfter = Math.min(reach, times.length - 1 - lastFrame);
    const from = firstFrame - contextBefore;
    const to = lastFrame + contextAfter;
    const begin = lastWithin(entries, from);
    const within = entries.slice(Math.max(begin, 0)).filter((entry) => entry.frame <= to);
    const bytes = begin < 0 ? undefined : chunkBytes(index, entries[begin] as Entry, times[to] as number, bounds);
    chunks.push({
      firstFrame,
      lastFrame,
      contextBefore,
      contextAfter,
      times: packTimes([...times.subarray(from, to + 1), times[to + 1] ?? end]),
      seekPoints: [
        ...(begin < 0 || from === 0 ? [{ frame: 0 }] : []),
        ...within
          .filter((entry) => from > 0 || entry.frame > 0)
          .map((entry) => seekPoint(index, entry, entries, seekStyle)),
      ],
      earlierSeek: earlierThan(from, index, entries, seekStyle),
      ...(bytes === undefined ? {} : { bytes }),
    });
  }
  return { ...plan, chunks };
}

/** The last window of a chunk may reach farther than its frames and the context: windows are always full. */
function contextAfterWindows(frames: number, { windowFrames, contextFrames, strideFrames }: WindowGeometry): number {
  const windows = Math.ceil(frames / strideFrames);
  return Math.max(0, (windows - 1) * strideFrames + windowFrames - contextFrames - frames);
}

function isRising(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) if (!((times[at] as number) > (times[at - 1] as number))) return false;
  return !Number.isNaN(times[0] ?? 0);
}

interface Entry {
  packet: number;
  frame: number;
  next?: number;
}

/**
 * Keyframes from which on all that is shown later is also decoded later. Pictures that are decoded after a keyframe and
 * shown before it may need what lies before: they belong to the entry before.
 */
function entryPoints(index: PacketIndex, times: Float64Array): Entry[] {
  const { count, pts, flags } = index;
  const entries: Entry[] = [];
  let latestShown = Number.NEGATIVE_INFINITY;
  for (let packet = 0; packet < count; packet += 1) {
    const shown = pts[packet] as number;
    const isShown = ((flags[packet] as number) & isDiscarded) === 0;
    if (((flags[packet] as number) & isKey) !== 0 && shown > latestShown) {
      const frame = firstAtOrAfter(times, shown);
      if (frame < times.length) entries.push({ packet, frame });
    }
    if (isShown && shown > latestShown) latestShown = shown;
  }
  return entries;
}

/** Frames decoded in advance where a keyframe alone is not enough: a whole intra refresh is seldom longer. */
const leadFrames = 150;
const leadKeyframes = 2;

function earlierThan(frame: number, index: PacketIndex, entries: readonly Entry[], style: SeekStyle): SeekPoint {
  const near = Math.min(lastWithin(entries, frame - leadFrames), lastWithin(entries, frame) - leadKeyframes);
  const entry = entries[near];
  return entry === undefined ? { frame: 0 } : seekPoint(index, entry, entries, style);
}

function seekPoint(index: PacketIndex, entry: Entry, entries: readonly Entry[], style: SeekStyle): SeekPoint {
  const following = entries[lastWithinPacket(entries, entry.packet) + 1];
  const seconds = seekSeconds(
    {
      pts: index.pts[entry.packet] as number,
      dts: index.dts[entry.packet] as number,
      ...(following === undefined ? {} : { nextPts: index.pts[following.packet] as number }),
    },
    index.timeBase,
    style,
  );
  return seconds === undefined || entry.packet === 0 ? { frame: entry.frame } : { frame: entry.frame, seconds };
}

/** Index of the first time at or after `time`. */
function firstAtOrAfter(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

const lastWithin = (entries: readonly Entry[], frame: number): number =>
  lastWhere(entries, (entry) => entry.frame <= frame);
const lastWithinPacket = (entries: readonly Entry[], packet: number): number =>
  lastWhere(entries, (entry) => entry.packet <= packet);

/** Index of the last entry for which `holds`, which is true of the first ones alone; -1 where of none. */
function lastWhere(entries: readonly Entry[], holds: (entry: Entry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(entries[middle] as Entry)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function packetBounds({ count, positions, bytes }: PacketIndex): ByteRange | undefined {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let packet = 0; packet < count; packet += 1) {
    const position = positions[packet] as number;
    if (Number.isNaN(position)) return undefined;
    start = Math.min(start, position);
    end = Math.max(end, position + (bytes[packet] as number));
  }
  return count === 0 ? undefined : { start, end };
}

/** Packets decoded after the last wanted one that a decoder still asks for before it shows that one. */
const packetsAhead = 40;

function chunkBytes(
  { count, pts, positions, bytes }: PacketIndex,
  entry: Entry,
  lastTime: number,
  bounds: ByteRange | undefined,
): ByteRange | undefined {
  if (bounds === undefined) return undefined;
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  let lastPacket = entry.packet;
  for (let packet = entry.packet; packet < count && packet <= lastPacket + packetsAhead; packet += 1) {
    if ((pts[packet] as number) <= lastTime) lastPacket = packet;
    start = Math.min(start, positions[packet] as number);
    end = Math.max(end, (positions[packet] as number) + (bytes[packet] as number));
  }
  return { start, end };
}
