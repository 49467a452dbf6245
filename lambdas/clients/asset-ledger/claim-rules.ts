import type { EffectRow } from '../../contracts/side-effects.ts';

/**
 * By how much the clocks of two workers may differ. A lease is judged by another clock than the one that wrote it, so
 * it is held so much longer. Lambda's hosts follow Amazon Time Sync within milliseconds; should a clock be worse, the
 * fence still keeps the slower worker from confirming.
 */
export const maxClockSkewMilliseconds = 2_000;

/** Who wants to do what, and for how long nobody else may. */
export interface Wish {
  /** A name that this worker's own retries bear too, and nobody else: it takes its claim back at once. */
  owner: string;
  /** Longer than the work can take: from then on others may claim it. */
  leaseSeconds: number;
  /** The asset's attempt: a later one takes over at once, an earlier one is refused. */
  attempt?: number;
  /** What is to be done, where that may change under one key. */
  subject?: string;
}

export type ClaimDecision =
  | { decision: 'take'; next: EffectRow }
  | { decision: 'confirmed' }
  /** Done by an earlier attempt: the row passes to this one, so that the earlier one is refused from now on. */
  | { decision: 'inherit'; next: EffectRow }
  | { decision: 'held'; until: Date }
  | { decision: 'overtaken'; byAttempt: number };

/** Whether the effect may be claimed, given how far it has come. */
export function decideClaim(seen: EffectRow | undefined, wish: Wish, now: Date): ClaimDecision {
  const { owner, leaseSeconds, attempt = 0, subject } = wish;
  const updatedAt = now.toISOString();
  if (seen !== undefined) {
    if (seen.attempt > attempt) return { decision: 'overtaken', byAttempt: seen.attempt };
    if (seen.state === 'confirmed' && seen.subject === subject)
      return seen.attempt === attempt
        ? { decision: 'confirmed' }
        : { decision: 'inherit', next: { ...seen, attempt, updatedAt } };
    const until = claimableFrom(seen);
    if (seen.state === 'claimed' && seen.attempt === attempt && seen.owner !== owner && now < until)
      return { decision: 'held', until };
  }
  return {
    decision: 'take',
    next: {
      state: 'claimed',
      fence: (seen?.fence ?? 0) + 1,
      owner,
      attempt,
      ...(subject === undefined ? {} : { subject }),
      claimedAt: updatedAt,
      leaseUntil: after(now, leaseSeconds),
      ...(seen?.result === undefined ? {} : { result: seen.result }),
      updatedAt,
    },
  };
}

/** From when on others may claim what is claimed. */
export const claimableFrom = ({ leaseUntil }: EffectRow): Date =>
  new Date(Date.parse(leaseUntil) + maxClockSkewMilliseconds);

/**
 * Whether this claim is the last one. The fence says that nobody has claimed since; owner and time say so of a row that
 * was forgotten and begun anew, whose fences begin anew as well.
 */
const isCurrent = (seen: EffectRow | undefined, claimed: EffectRow): seen is EffectRow =>
  seen !== undefined &&
  seen.fence === claimed.fence &&
  seen.owner === claimed.owner &&
  seen.claimedAt === claimed.claimedAt;

export type HolderDecision =
  | { decision: 'write'; next: EffectRow }
  /** It was done before, by this very claim: a repeated request changes nothing. */
  | { decision: 'done before'; row: EffectRow }
  | { decision: 'fenced' };

/**
 * Whether a claim may be confirmed. A lease that has run out does not matter as long as nobody else has claimed. The
 * first confirmation of a claim stands.
 */
export function decideConfirm(
  seen: EffectRow | undefined,
  claimed: EffectRow,
  result: unknown,
  now: Date,
): HolderDecision {
  if (!isCurrent(seen, claimed) || seen.state === 'released') return { decision: 'fenced' };
  if (seen.state === 'confirmed') return { decision: 'done before', row: seen };
  const { expected: _, ...row } = seen;
  return { decision: 'write', next: { ...row, state: 'confirmed', result, updatedAt: now.toISOString() } };
}

/** Whether a claim may be given up. What is confirmed stays so. */
export function decideRelease(seen: EffectRow | undefined, claimed: EffectRow, now: Date): HolderDecision {
  if (!isCurrent(seen, claimed) || seen.state === 'confirmed') return { decision: 'fenced' };
  if (seen.state === 'released') return { decision: 'done before', row: seen };
  const { expected: _, ...row } = seen;
  return { decision: 'write', next: { ...row, state: 'released', updatedAt: now.toISOString() } };
}

/** Whether what a claim has confirmed may be taken back, since it turned out to be gone. */
export function decideReopen(seen: EffectRow | undefined, claimed: EffectRow, now: Date): HolderDecision {
  if (!isCurrent(seen, claimed) || seen.state === 'claimed') return { decision: 'fenced' };
  if (seen.state === 'released') return { decision: 'done before', row: seen };
  const { result: _, ...row } = seen;
  return { decision: 'write', next: { ...row, state: 'released', updatedAt: now.toISOString() } };
}

/** Whether a claim's lease may be prolonged. A confirmation that came first stands. */
export function decideRenew(
  seen: EffectRow | undefined,
  claimed: EffectRow,
  { leaseSeconds, expected }: { leaseSeconds: number; expected?: unknown },
  now: Date,
): HolderDecision {
  if (!isCurrent(seen, claimed) || seen.state === 'released') return { decision: 'fenced' };
  if (seen.state === 'confirmed') return { decision: 'done before', row: seen };
  return {
    decision: 'write',
    next: {
      ...seen,
      leaseUntil: after(now, leaseSeconds),
      ...(expected === undefined ? {} : { expected }),
      updatedAt: now.toISOString(),
    },
  };
}

const after = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
