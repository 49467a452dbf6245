import type { TruthEntry } from '../benchmark/prepare.ts';

/** What a detector found: the first and last frame of it, and its kind where the detector tells kinds apart. */
export interface Detection {
  kind?: 'cut' | 'gradual';
  firstFrame: number;
  lastFrame: number;
}

/**
 * The protocol. A cut is found by a detection that names the new shot's first frame or the frame on either side of it;
 * a gradual transition by one that shares a frame with it or lies no more than two frames off. One detection finds one
 * transition: nearest pairs first. What finds nothing is false; where it lies on a trap, the trap has worked.
 */
export const tolerance = { cut: 1, gradual: 2, trap: 2 } as const;

export interface Matching {
  /** One entry a transition of the truth. */
  found: (Detection | undefined)[];
  false: Detection[];
  /** One entry a trap: the false detections on it. */
  trapped: Detection[][];
}

const distance = (truth: Pick<TruthEntry, 'firstFrame' | 'lastFrame'>, detection: Detection): number =>
  Math.max(0, truth.firstFrame - detection.lastFrame, detection.firstFrame - truth.lastFrame);

const centreDistance = (truth: TruthEntry, detection: Detection): number =>
  Math.abs(truth.firstFrame + truth.lastFrame - detection.firstFrame - detection.lastFrame) / 2;

/** @param isKindAsked a detection then finds only transitions of the kind that it says it is. */
export function match(
  { transitions, traps }: { transitions: readonly TruthEntry[]; traps: readonly TruthEntry[] },
  detections: readonly Detection[],
  { isKindAsked }: { isKindAsked: boolean },
): Matching {
  const pairs = transitions.flatMap((truth, index) =>
    detections
      .filter((detection) => !isKindAsked || detection.kind === truth.kind)
      .filter((detection) => distance(truth, detection) <= tolerance[truth.kind])
      .map((detection) => ({
        index,
        detection,
        apart: distance(truth, detection),
        offCentre: centreDistance(truth, detection),
      })),
  );
  pairs.sort((one, other) => one.apart - other.apart || one.offCentre - other.offCentre || one.index - other.index);
  const found: (Detection | undefined)[] = transitions.map(() => undefined);
  const used = new Set<Detection>();
  for (const { index, detection } of pairs) {
    if (found[index] !== undefined || used.has(detection)) continue;
    found[index] = detection;
    used.add(detection);
  }
  const unused = detections.filter((detection) => !used.has(detection));
  return {
    found,
    false: unused,
    trapped: traps.map((trap) => unused.filter((detection) => distance(trap, detection) <= tolerance.trap)),
  };
}

/** Frames that two extents share, as a share of those that either has. */
export function overlap(truth: TruthEntry, detection: Detection): number {
  const shared = Math.min(truth.lastFrame, detection.lastFrame) - Math.max(truth.firstFrame, detection.firstFrame) + 1;
  const all = Math.max(truth.lastFrame, detection.lastFrame) - Math.min(truth.firstFrame, detection.firstFrame) + 1;
  return Math.max(0, shared) / all;
}

export interface Score {
  precision: number;
  recall: number;
  f1: number;
  truths: number;
  found: number;
  false: number;
}

export function scoreOf(truths: number, found: number, falseOnes: number): Score {
  const precision = found + falseOnes === 0 ? 1 : found / (found + falseOnes);
  const recall = truths === 0 ? 1 : found / truths;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1, truths, found, false: falseOnes };
}
