import type { Clip, TruthEntry } from '../benchmark/prepare.ts';
import { type Detection, match, overlap, type Score, scoreOf } from './matching.ts';

export interface DetectorScore {
  /** By the kind that the detector itself says; only where it tells kinds apart. */
  byKind?: { cut: Score; gradual: Score };
  /** All transitions, whatever they are called. */
  all: Score;
  /**
   * As generous as can be to a detector that names no kinds: what found a transition of the other kind does not count,
   * and every false one counts against both kinds.
   */
  generous: { cut: Score; gradual: Score };
  /** Found of each variety of transition, whatever it is called. */
  varieties: Record<string, { truths: number; found: number }>;
  /** Traps of each variety with a false detection on them. */
  traps: Record<string, { traps: number; taken: number }>;
  /** Mean overlap of found gradual transitions' extents with the truth's. */
  meanOverlap: number;
  /** Mistakes, for whoever tunes: clip, frames, what it is. */
  mistakes: string[];
}

/** @param detect what a detector says of a clip. */
export function scoreDetector(clips: readonly Clip[], detect: (clip: Clip) => readonly Detection[]): DetectorScore {
  const varieties: DetectorScore['varieties'] = {};
  const traps: DetectorScore['traps'] = {};
  const mistakes: string[] = [];
  const overlaps: number[] = [];
  const ignoring = { cut: 0, gradual: 0, false: 0 };
  const asking = { cut: { found: 0, false: 0 }, gradual: { found: 0, false: 0 } };
  const truths = { cut: 0, gradual: 0 };
  let tellsKinds = true;
  for (const clip of clips) {
    const detections = detect(clip);
    if (detections.some(({ kind }) => kind === undefined)) tellsKinds = false;
    const loose = match(clip, detections, { isKindAsked: false });
    clip.transitions.forEach((truth, index) => {
      const kind = truth.kind as 'cut' | 'gradual';
      const detection = loose.found[index];
      varieties[truth.variety] ??= { truths: 0, found: 0 };
      const variety = varieties[truth.variety] as { truths: number; found: number };
      variety.truths += 1;
      truths[kind] += 1;
      if (detection === undefined) mistakes.push(`missed ${place(clip, truth)}`);
      else {
        variety.found += 1;
        ignoring[kind] += 1;
        if (kind === 'gradual') overlaps.push(overlap(truth, detection));
        if (detection.kind !== undefined && detection.kind !== kind)
          mistakes.push(`called a ${detection.kind} ${place(clip, truth)}`);
      }
    });
    ignoring.false += loose.false.length;
    clip.traps.forEach((trap, index) => {
      traps[trap.variety] ??= { traps: 0, taken: 0 };
      const variety = traps[trap.variety] as { traps: number; taken: number };
      variety.traps += 1;
      if ((loose.trapped[index] ?? []).length > 0) variety.taken += 1;
    });
    for (const { kind, firstFrame, lastFrame } of loose.false)
      mistakes.push(
        `false ${kind ?? ''} ${clip.name} ${firstFrame}-${lastFrame} ${nearestTrap(clip, firstFrame, lastFrame)}`,
      );
    const strict = match(clip, detections, { isKindAsked: true });
    for (const kind of ['cut', 'gradual'] as const) {
      asking[kind].found += clip.transitions.filter(
        (truth, index) => truth.kind === kind && strict.found[index],
      ).length;
      asking[kind].false += strict.false.filter((detection) => detection.kind === kind).length;
    }
  }
  const scored = (kind: 'cut' | 'gradual') => scoreOf(truths[kind], asking[kind].found, asking[kind].false);
  const generously = (kind: 'cut' | 'gradual') => scoreOf(truths[kind], ignoring[kind], ignoring.false);
  return {
    ...(tellsKinds ? { byKind: { cut: scored('cut'), gradual: scored('gradual') } } : {}),
    all: scoreOf(truths.cut + truths.gradual, ignoring.cut + ignoring.gradual, ignoring.false),
    generous: { cut: generously('cut'), gradual: generously('gradual') },
    varieties,
    traps,
    meanOverlap: overlaps.reduce((sum, value) => sum + value, 0) / Math.max(1, overlaps.length),
    mistakes,
  };
}

const place = (clip: Clip, { variety, firstFrame, lastFrame }: TruthEntry): string =>
  `${variety} ${clip.name} ${firstFrame}-${lastFrame}`;

function nearestTrap({ traps, transitions }: Clip, first: number, last: number): string {
  const near = [...traps, ...transitions].find(
    ({ firstFrame, lastFrame }) => firstFrame - 3 <= last && first <= lastFrame + 3,
  );
  return near === undefined ? '' : `at ${near.variety} ${near.firstFrame}-${near.lastFrame}`;
}
