import type { LiveMode } from '../contracts/live.ts';
import { contextFrames, windowFrames, windowStride } from '../detection/windows.ts';

/** Where windows lie: `windowFrames` frames every `strideFrames`, of which the last `framesAhead` are context. */
export interface LiveGeometry {
  windowFrames: number;
  strideFrames: number;
  /** Frames after the ones that count: how long a frame waits at least. */
  framesAhead: number;
}

/**
 * Normal is the archive's own grid. Low-latency sees half as many frames ahead and moves on after 12: 4.2 times the
 * windows, and a frame waits for at most 24 others instead of 74.
 */
export const geometries: Readonly<Record<LiveMode, LiveGeometry>> = {
  normal: { windowFrames, strideFrames: windowStride, framesAhead: contextFrames },
  'low-latency': { windowFrames, strideFrames: 12, framesAhead: 13 },
};
