import {
  type BreakerState,
  breakerStateSchema,
  type CaptionSettings,
  captionKeys,
  modelOf,
  type QuotaState,
  quotaStateSchema,
} from '../../contracts/captions.ts';
import type { LedgerTable } from '../asset-ledger/table.ts';
import { askToPass, closedBreaker, leaveProbe, recordAnswer, recordFailure } from './breaker.ts';
import { pause, takeTurn, untouchedQuota } from './quota.ts';
import { type SharedRecord, sharedRecord } from './shared-record.ts';

/** A probe that takes longer than a call with its wait for a turn is lost. */
const probeMargin = 2;

/** A call that may be made, as far as the breaker goes. */
export interface Entry {
  /** The only call that is let through to see whether the provider is back. */
  isProbe: boolean;
}

/** What all workers share about one model of one provider: whether it answers, and whose turn it is. */
export class ProviderGate {
  readonly #breaker: SharedRecord<BreakerState>;
  readonly #quota: SharedRecord<QuotaState>;
  readonly #settings: Pick<CaptionSettings, 'provider' | 'quota'>;
  readonly #now: () => Date;

  constructor(table: LedgerTable, settings: Pick<CaptionSettings, 'provider' | 'quota'>, now: () => Date) {
    const model = modelOf(settings.provider);
    this.#breaker = sharedRecord(table, captionKeys.breaker(model), {
      schema: breakerStateSchema,
      initial: closedBreaker,
    });
    this.#quota = sharedRecord(table, captionKeys.quota(model), { schema: quotaStateSchema, initial: untouchedQuota });
    this.#settings = settings;
    this.#now = now;
  }

  /** @returns undefined while the breaker is open: a dead provider is not asked. */
  enter(): Promise<Entry | undefined> {
    const { provider, quota } = this.#settings;
    const probeMilliseconds = probeMargin * (provider.timeoutSeconds + quota.maxWaitSeconds) * 1000;
    return this.#breaker.change<Entry | undefined>((state) => {
      const passage = askToPass(state, this.#now().getTime(), probeMilliseconds);
      if (passage.pass === 'stop') return { answer: undefined };
      return passage.pass === 'free'
        ? { answer: { isProbe: false } }
        : { next: passage.next, answer: { isProbe: true } };
    });
  }

  /** Whether a call would be let through, and as what, without making it. */
  async outlook(): Promise<'free' | 'probe' | 'stop'> {
    return askToPass(await this.#breaker.read(), this.#now().getTime(), 0).pass;
  }

  /** The provider answered, with whatever it said: it is there. */
  async answered({ isProbe }: Entry): Promise<void> {
    if (isProbe) await this.#breaker.change(() => ({ next: recordAnswer(), answer: undefined }));
  }

  /** @returns whether the breaker is open now. */
  failed(entry: Entry): Promise<boolean> {
    return this.#breaker.change((state) => {
      const next = recordFailure(state, this.#now().getTime(), entry);
      return { next: next === state ? undefined : next, answer: next.opensAt !== undefined };
    });
  }

  /** The call was not made after all, and says nothing of the provider. */
  async left({ isProbe }: Entry): Promise<void> {
    if (isProbe) await this.#breaker.change((state) => ({ next: leaveProbe(state), answer: undefined }));
  }

  /**
   * Takes the next turn within the provider's quotas.
   * @returns milliseconds until it, or undefined, with nothing taken, where it is further away than the settings allow.
   */
  takeTurn(tokens: number): Promise<number | undefined> {
    const { quota } = this.#settings;
    return this.#quota.change<number | undefined>((state) => {
      const now = this.#now().getTime();
      const turn = takeTurn(state, quota, { tokens, now, maxWaitMilliseconds: quota.maxWaitSeconds * 1000 });
      return turn.turnAt === undefined ? { answer: undefined } : { next: turn.next, answer: turn.turnAt - now };
    });
  }

  /** Nobody asks before so many milliseconds have passed. */
  pauseFor(milliseconds: number): Promise<void> {
    return this.#quota.change((state) => ({
      next: pause(state, this.#now().getTime() + milliseconds),
      answer: undefined,
    }));
  }
}
