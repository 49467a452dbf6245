import type { LiveMode } from '../contracts/live.ts';
import type { WindowGeometry } from '../detection/windows.ts';

/**
 * Where windows lie, by mode. Normal is the grid of TransNetV2's authors, on which a frame waits for at most 74 others.
 * Low-latency sees half as many frames ahead and moves on after 12: 4.2 times the windows, and a frame waits for at
 * most 24 others. What that costs in accuracy is measured by `npm run measure -- live`.
 */
export const geometries: Readonly<Record<LiveMode, WindowGeometry>> = {
  normal: { windowFrames: 100, contextFrames: 25, strideFrames: 50 },
  'low-latency': { windowFrames: 100, contextFrames: 75, strideFrames: 12 },
};

/** Frames of a window after the ones that count: how many a frame waits for at least. */
export const framesAhead = ({ windowFrames, contextFrames, strideFrames }: WindowGeometry): number =>
  windowFrames - contextFrames - strideFrames;
