import type { CaptionSettings, QuotaState } from '../../contracts/captions.ts';

export const untouchedQuota: QuotaState = { requestsDueAt: 0, tokensDueAt: 0, pausedUntil: 0 };

const minuteMilliseconds = 60_000;
/** Of a minute's worth that may be asked at once after a rest: providers enforce parts of a minute too. */
const burstMilliseconds = 10_000;

/**
 * A place in the queue that all workers share: a token bucket as virtual scheduling (the generic cell rate algorithm,
 * ITU-T I.371), one for requests and one for tokens. A turn is a time, given in the order in which it is asked for, so
 * nobody overtakes and nobody asks twice. One that would be further away than the bound is not given and takes nothing.
 * Times are milliseconds since the epoch.
 */
export function takeTurn(
  state: QuotaState,
  quota: CaptionSettings['quota'],
  { tokens, now, maxWaitMilliseconds }: { tokens: number; now: number; maxWaitMilliseconds: number },
): { turnAt: number; next: QuotaState } | { turnAt: undefined } {
  const turnAt = Math.max(
    now,
    state.pausedUntil,
    state.requestsDueAt - burstMilliseconds,
    state.tokensDueAt - burstMilliseconds,
  );
  if (turnAt - now > maxWaitMilliseconds) return { turnAt: undefined };
  const spacing = (share: number): number => share * minuteMilliseconds;
  return {
    turnAt,
    next: {
      ...state,
      requestsDueAt: Math.max(state.requestsDueAt, turnAt) + spacing(1 / quota.requestsPerMinute),
      tokensDueAt: Math.max(state.tokensDueAt, turnAt) + spacing(tokens / quota.tokensPerMinute),
    },
  };
}

/** Holds everybody back until then; a nearer pause never shortens a longer one. */
export const pause = (state: QuotaState, until: number): QuotaState => ({
  ...state,
  pausedUntil: Math.max(state.pausedUntil, until),
});
