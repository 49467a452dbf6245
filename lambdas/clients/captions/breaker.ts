import type { BreakerState } from '../../contracts/captions.ts';

export const closedBreaker: BreakerState = { failures: [], openings: 0 };

/** So many failures within the window open it. */
export const failuresToOpen = 5;
export const windowMilliseconds = 60_000;
/** How long it stays open: doubled with each probe that fails, an hour at most. */
export const firstOpenMilliseconds = 30_000;
export const longestOpenMilliseconds = 3_600_000;

export type Passage =
  /** Ask. */
  | { pass: 'free' }
  /** Ask as the only one, and say how it went. */
  | { pass: 'probe'; next: BreakerState }
  /** Do not ask: nobody does before then. */
  | { pass: 'stop'; until: number };

/**
 * Whether a call may be made. Times are milliseconds since the epoch.
 * @param probeMilliseconds after which a probe that nobody heard of any more makes way for another.
 */
export function askToPass(state: BreakerState, now: number, probeMilliseconds: number): Passage {
  if (state.opensAt === undefined) return { pass: 'free' };
  if (now < state.opensAt) return { pass: 'stop', until: state.opensAt };
  if (state.probeUntil !== undefined && now < state.probeUntil) return { pass: 'stop', until: state.probeUntil };
  return { pass: 'probe', next: { ...state, probeUntil: now + probeMilliseconds } };
}

/** The probe was answered: the provider is well again. */
export const recordAnswer = (): BreakerState => closedBreaker;

/** One more failure: the one too many, or the probe's, opens the breaker. */
export function recordFailure(state: BreakerState, now: number, { isProbe }: { isProbe: boolean }): BreakerState {
  // Calls that were under way when it opened prolong nothing.
  if (state.opensAt !== undefined && !isProbe) return state;
  const failures = [...state.failures.filter((at) => at > now - windowMilliseconds), now];
  if (!isProbe && failures.length < failuresToOpen) return { ...state, failures };
  const openMilliseconds = Math.min(longestOpenMilliseconds, firstOpenMilliseconds * 2 ** state.openings);
  return { failures: [], opensAt: now + openMilliseconds, openings: state.openings + 1 };
}

/** A probe that never got to ask, for want of money or of a turn, leaves its place to the next one. */
export const leaveProbe = ({ probeUntil: _, ...state }: BreakerState): BreakerState => state;
