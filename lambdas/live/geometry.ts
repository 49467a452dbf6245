import type { LiveMode } from '../contracts/live.ts';
import type { WindowGeometry } from '../detection/windows.ts';

/**
 * Where windows lie, by mode. Normal sees as far ahead as the archive, 25 frames, and moves on after 36: 1.4 times the
 * windows of TransNetV2's authors, who move on after 50, and a frame waits for at most 60 others instead of 74.
 * Low-latency sees half as many frames ahead and moves on after 10: 3.6 times normal's windows, and a frame waits for at
 * most 22 others. What that costs in accuracy is measured by `npm run measure -- live`.
 */
export const geometries: Readonly<Record<LiveMode, WindowGeometry>> = {
  normal: { windowFrames: 100, contextFrames: 39, strideFrames: 36 },
  'low-latency': { windowFrames: 100, contextFrames: 77, strideFrames: 10 },
};

/** Frames of a window after the ones that count: how many a frame waits for at least. */
export const framesAhead = ({ windowFrames, contextFrames, strideFrames }: WindowGeometry): number =>
  windowFrames - contextFrames - strideFrames;
