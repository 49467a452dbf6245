import type { z } from 'zod';
import type { EffectRow } from '../../contracts/side-effects.ts';
import { FencedError, RetryableError } from '../../runtime/errors.ts';
import {
  claimableFrom,
  decideClaim,
  decideConfirm,
  decideRelease,
  decideRenew,
  decideReopen,
  type HolderDecision,
  type Wish,
} from './claim-rules.ts';
import type { LedgerKey } from './table.ts';

/** Where rows are kept: read whole, and replaced only as long as nobody has changed them since. */
export interface EffectStore {
  /** The row as last written. */
  read(key: LedgerKey): Promise<EffectRow | undefined>;
  /** @returns false, and changes nothing, where the row is no longer `seen`. */
  swap(key: LedgerKey, seen: EffectRow | undefined, next: EffectRow): Promise<boolean>;
  /** Deletes the item. @returns as `swap` */
  remove(key: LedgerKey, seen: EffectRow): Promise<boolean>;
}

/** The right to do a side effect, until somebody else claims it. */
export interface Claim<Result> {
  key: LedgerKey;
  /** Grows with every claim of the effect. */
  fence: number;
  /** The row as this claim has written it. */
  row: EffectRow;
  /** What an earlier subject's confirmation left, and this one replaces. */
  previous: Result | undefined;
}

export type ClaimAnswer<Result> =
  | { state: 'claimed'; claim: Claim<Result> }
  | { state: 'confirmed'; result: Result }
  /** Somebody else is at it: ask again then. */
  | { state: 'held'; until: Date };

/** Each round lost is another worker's progress; so many in a row mean a row that everybody wants. */
const maxRounds = 10;

/**
 * The one way in which anything is done that another run could do as well: claim, do, confirm. Of any number of workers
 * one at a time has the claim; one that dies loses it when its lease runs out, or takes it back itself; one that is
 * overtaken is refused when it confirms, so that at most one result is ever confirmed. What was done between a claim
 * and a death is done again: `do` must stand that, or find its own traces.
 */
export class SideEffects<Result> {
  readonly #store: EffectStore;
  readonly #result: z.ZodType<Result>;
  readonly #now: () => Date;

  /** `result`: what a confirmation of this kind of effect holds; it must fit a DynamoDB item. */
  constructor(store: EffectStore, result: z.ZodType<Result>, now: () => Date = () => new Date()) {
    this.#store = store;
    this.#result = result;
    this.#now = now;
  }

  /**
   * Claims an effect that is not confirmed and not held by somebody else.
   * @param seen the row, where the caller has just read it; without it a first claim is tried unread.
   * @throws FencedError where a later attempt has claimed it; RetryableError LedgerContentionError.
   */
  async claim(key: LedgerKey, wish: Wish, seen?: EffectRow): Promise<ClaimAnswer<Result>> {
    let current = seen;
    for (let round = 0; round < maxRounds; round++) {
      const decided = decideClaim(current, wish, this.#now());
      switch (decided.decision) {
        case 'overtaken':
          throw new FencedError(`attempt ${wish.attempt ?? 0} at ${named(key)} was overtaken by ${decided.byAttempt}`);
        case 'held':
          return { state: 'held', until: decided.until };
        case 'confirmed':
          return { state: 'confirmed', result: this.#result.parse(current?.result) };
        case 'inherit':
          if (await this.#store.swap(key, current, decided.next))
            return { state: 'confirmed', result: this.#result.parse(decided.next.result) };
          break;
        case 'take':
          if (await this.#store.swap(key, current, decided.next)) return claimed(key, decided.next, this.#result);
          break;
      }
      current = await this.#store.read(key);
    }
    throw contention(key);
  }

  /**
   * Writes down what the work has come to.
   * @returns the result that stands: this one, or that of an earlier confirmation of the same claim.
   * @throws FencedError where somebody has claimed or forgotten the effect since, or the claim was released.
   */
  async confirm(claim: Claim<Result>, result: Result): Promise<Result> {
    const row = await this.#hold(claim, (seen) => decideConfirm(seen, claim.row, result, this.#now()));
    if (row === undefined) throw overtaken(claim);
    return this.#result.parse(row.result);
  }

  /**
   * Gives a claim up after a definite failure: the work was not done, and anybody may claim it at once.
   * @returns false where it was no longer this claim's to give up.
   */
  async release(claim: Claim<Result>): Promise<boolean> {
    return (await this.#hold(claim, (seen) => decideRelease(seen, claim.row, this.#now()))) !== undefined;
  }

  /**
   * Takes a confirmation back whose result turned out to be gone: anybody may do the work again.
   * @returns false where somebody has claimed the effect since.
   */
  async reopen(claim: Claim<Result>): Promise<boolean> {
    return (await this.#hold(claim, (seen) => decideReopen(seen, claim.row, this.#now()))) !== undefined;
  }

  /**
   * Prolongs the lease of work that goes on, elsewhere perhaps.
   * @param expected the result that stands if the work succeeds.
   * @returns the claim as it is now, which a confirmation may have ended already.
   * @throws FencedError where it is no longer this claim's.
   */
  async renew(claim: Claim<Result>, renewal: { leaseSeconds: number; expected?: Result }): Promise<Claim<Result>> {
    const row = await this.#hold(claim, (seen) => decideRenew(seen, claim.row, renewal, this.#now()));
    if (row === undefined) throw overtaken(claim);
    return { ...claim, row };
  }

  /**
   * Deletes the item of an effect that is undone for good; whoever has it claimed is refused from then on.
   * @param seen the row, where the caller has just read it.
   * @returns false where an attempt later than `upToAttempt` has claimed it: it stays.
   */
  async forget(key: LedgerKey, { upToAttempt }: { upToAttempt: number }, seen?: EffectRow): Promise<boolean> {
    let current = seen ?? (await this.#store.read(key));
    for (let round = 0; round < maxRounds; round++) {
      if (current === undefined) return true;
      if (current.attempt > upToAttempt) return false;
      if (await this.#store.remove(key, current)) return true;
      current = await this.#store.read(key);
    }
    throw contention(key);
  }

  /**
   * Claim, do, confirm. Where `work` throws the claim stays: the worker's own retry takes it back at once, others once
   * the lease has run out. A worker that knows that nothing was done calls `release` itself.
   * @throws as `claim` and `confirm` do, and what `work` throws.
   */
  async once(
    key: LedgerKey,
    wish: Wish,
    work: (claim: Claim<Result>) => Promise<Result>,
  ): Promise<Exclude<ClaimAnswer<Result>, { state: 'claimed' }>> {
    const answer = await this.claim(key, wish);
    if (answer.state !== 'claimed') return answer;
    return { state: 'confirmed', result: await this.confirm(answer.claim, await work(answer.claim)) };
  }

  /** Begins with the row as the claim has written it, so that the usual case needs no reading. */
  async #hold(
    { key, row }: Claim<Result>,
    decide: (seen: EffectRow | undefined) => HolderDecision,
  ): Promise<EffectRow | undefined> {
    let seen: EffectRow | undefined = row;
    for (let round = 0; round < maxRounds; round++) {
      const decided = decide(seen);
      if (decided.decision === 'done before') return decided.row;
      if (decided.decision === 'write' && (await this.#store.swap(key, seen, decided.next))) return decided.next;
      // What the claim remembers may be old; what was read just now is not.
      if (decided.decision === 'fenced' && round > 0) return undefined;
      seen = await this.#store.read(key);
    }
    throw contention(key);
  }
}

/** A claim that was made elsewhere, read from its row: work whose end is told to another function. */
export const claimOf = <Result>(key: LedgerKey, row: EffectRow, result: z.ZodType<Result>): Claim<Result> => ({
  key,
  fence: row.fence,
  row,
  previous: row.result === undefined ? undefined : result.parse(row.result),
});

const claimed = <Result>(key: LedgerKey, row: EffectRow, result: z.ZodType<Result>): ClaimAnswer<Result> => ({
  state: 'claimed',
  claim: claimOf(key, row, result),
});

/** Whether the effect is somebody's at this moment: claimed, and its lease running. */
export const isHeld = (row: EffectRow, now: Date): boolean => row.state === 'claimed' && now < claimableFrom(row);

const named = ({ pk, sk }: LedgerKey): string => `${pk}/${sk}`;
const overtaken = ({ key, fence }: { key: LedgerKey; fence: number }): FencedError =>
  new FencedError(`claim ${fence} of ${named(key)} was overtaken or given up before it was confirmed`);
const contention = (key: LedgerKey): RetryableError =>
  new RetryableError('LedgerContentionError', `others claim ${named(key)} at the same moment`);
