import { RefusedError } from '../runtime/errors.ts';
import { isDiscarded, type PacketIndex } from './packet-index.ts';
import type { FrameTable } from './plan-chunks.ts';

/**
 * The frames that the packets promise: one for each that an edit list does not cut away, in order of presentation.
 * @returns undefined where a packet has no timestamp or two have the same: then only decoding can tell.
 */
export function promisedFrames(index: PacketIndex): FrameTable | undefined {
  const { count, pts, flags, durations } = index;
  const times = new Float64Array(count);
  let filled = 0;
  for (let packet = 0; packet < count; packet += 1) {
    if (((flags[packet] as number) & isDiscarded) !== 0) continue;
    const shown = pts[packet] as number;
    if (Number.isNaN(shown)) return undefined;
    times[filled] = shown;
    filled += 1;
  }
  const sorted = times.subarray(0, filled).sort();
  for (let at = 1; at < filled; at += 1) if (sorted[at] === sorted[at - 1]) return undefined;
  if (filled === 0) return undefined;
  return { times: sorted, end: endOf(sorted, durations) };
}

/**
 * Puts what was decoded from the file's start in the place of what was promised for it.
 * @param to ticks: all frames shown before were decoded.
 * @returns undefined where decoding showed a frame that no packet promised: then the promise is worth nothing.
 */
export function startingWith(promised: FrameTable, decoded: readonly number[], to: number): FrameTable | undefined {
  const kept: number[] = [];
  let next = 0;
  for (const time of promised.times) {
    const isDecoded = time === decoded[next];
    if (isDecoded) next += 1;
    if (isDecoded || time >= to) kept.push(time);
  }
  return next === decoded.length ? { times: Float64Array.from(kept), end: promised.end } : undefined;
}

/**
 * Holds what was decoded at the end against what was promised. A file may break off within its last pictures.
 * @param from ticks: all frames shown from here on were decoded, so far as they can be.
 * @returns undefined where others came than were promised.
 */
export function endingWith(promised: FrameTable, decoded: readonly number[], from: number): FrameTable | undefined {
  const { times, end } = promised;
  const first = times.findIndex((time) => time >= from);
  if (decoded.length === 0 || first < 0 || decoded.some((time, at) => time !== times[first + at])) return undefined;
  const count = first + decoded.length;
  return { times: times.subarray(0, count), end: times[count] ?? end };
}

/** The table of a video that was decoded whole; `end` is when its last frame ends. */
export function decodedFrames(times: readonly number[], end: number): FrameTable {
  if (times.length === 0) throw new RefusedError('No picture of the video could be decoded. Export it again.');
  return { times: Float64Array.from(times), end };
}

/** A last frame without a duration lasts as long as the one before. */
function endOf(times: Float64Array, durations: Float64Array): number {
  const last = times.at(-1) as number;
  const before = times.at(-2);
  return last + (durations.at(-1) || (before === undefined ? 1 : last - before));
}
