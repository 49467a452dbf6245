import type { ShotEnded } from '../../lambdas/contracts/live.ts';
import { frameSize } from '../../lambdas/detection/frames.ts';
import type { EndedShot } from '../../lambdas/detection/transition-tracker.ts';
import type { LiveRun } from './live-run.ts';

/** First frames of shots that begin by a transition. */
export interface Beginning {
  kind: 'cut' | 'gradual';
  startFrame: number;
}

export const shotsOf = ({ events }: Pick<LiveRun, 'events'>): { shot: ShotEnded; receivedAt: number }[] =>
  events
    .flatMap(({ event, receivedAt }) => (event.type === 'Shot Ended' ? [{ shot: event.detail, receivedAt }] : []))
    .sort((one, other) => one.shot.index - other.shot.index);

/**
 * Milliseconds from the moment the last frame of each transition entered the feed to the receipt of the event that the
 * shot before it has ended.
 */
export function delays(run: LiveRun): { kind: 'cut' | 'gradual'; milliseconds: number }[] {
  const shots = shotsOf(run);
  return shots.flatMap(({ shot, receivedAt }, at) => {
    const next = shots[at + 1]?.shot;
    if (next === undefined || shot.endReason !== 'transition') return [];
    const { kind, lastFrame } = next.transitionIn;
    if (kind !== 'cut' && kind !== 'gradual') return [];
    const taken = run.taken[lastFrame];
    const entry = taken === undefined ? undefined : run.sender.entryOf(taken.seconds, taken.arrivedAt);
    return entry === undefined ? [] : [{ kind, milliseconds: receivedAt - entry.at }];
  });
}

/** The stretches between gaps, as first and last frame. */
export function stretchesOf(run: LiveRun): { first: number; last: number }[] {
  const stretches: { first: number; last: number }[] = [];
  for (const { shot } of shotsOf(run)) {
    const { kind } = shot.transitionIn;
    if (kind === 'start' || kind === 'gap') stretches.push({ first: shot.startFrame, last: shot.endFrame });
    const stretch = stretches.at(-1);
    if (stretch !== undefined) stretch.last = shot.endFrame;
  }
  return stretches;
}

export const liveBeginnings = (run: LiveRun): Beginning[] =>
  shotsOf(run).flatMap(({ shot: { startFrame, transitionIn } }) =>
    transitionIn.kind === 'cut' || transitionIn.kind === 'gradual' ? [{ kind: transitionIn.kind, startFrame }] : [],
  );

/** What another way of detecting finds in the very frames that the live service took, each stretch as a video of its own. */
export async function beginningsBy(
  run: LiveRun,
  detect: (frames: readonly Buffer[]) => Promise<EndedShot[]>,
): Promise<Beginning[]> {
  const beginnings: Beginning[] = [];
  for (const { first, last } of stretchesOf(run)) {
    const frames = Array.from({ length: last - first + 1 }, (_, at) =>
      run.pixels.subarray((first + at) * frameSize.bytes, (first + at + 1) * frameSize.bytes),
    );
    for (const { startFrame, transitionIn } of await detect(frames))
      if (transitionIn.kind !== 'start') beginnings.push({ kind: transitionIn.kind, startFrame: first + startFrame });
  }
  return beginnings;
}

/** The film's own cuts among the frames that were taken: first frames after one. */
export function trueCuts(run: LiveRun, cutsAfter: readonly number[]): number[] {
  const last = new Set(cutsAfter);
  return run.taken.flatMap(({ seconds, arrivedAt }, at) => {
    const before = run.taken[at - 1];
    const entry = before === undefined ? undefined : run.sender.entryOf(before.seconds, before.arrivedAt);
    const here = run.sender.entryOf(seconds, arrivedAt);
    return entry !== undefined && here?.frame === entry.frame + 1 && last.has(entry.frame) ? [at] : [];
  });
}

export interface Agreement {
  both: number;
  onlyOne: number;
  onlyOther: number;
}

/** How far two lists of first frames agree, a frame more or less. */
export function agreement(one: readonly number[], other: readonly number[], tolerance = 1): Agreement {
  const left = [...other];
  let both = 0;
  for (const frame of one) {
    const at = left.findIndex((candidate) => Math.abs(candidate - frame) <= tolerance);
    if (at < 0) continue;
    both += 1;
    left.splice(at, 1);
  }
  return { both, onlyOne: one.length - both, onlyOther: left.length };
}

/** F1 over all of them; 1 where there was nothing to find and nothing was found. */
export function f1Of(agreements: readonly Agreement[]): number {
  const sum = (of: keyof Agreement) => agreements.reduce((total, each) => total + each[of], 0);
  const all = 2 * sum('both') + sum('onlyOne') + sum('onlyOther');
  return all === 0 ? 1 : (2 * sum('both')) / all;
}
