import pRetry from 'p-retry';
import {
  budgetDay,
  type CaptionAnswer,
  type CaptionResult,
  type CaptionSettings,
  captionKeys,
  captionResultSchema,
  dailyLimit,
  modelOf,
  type WaitingReason,
} from '../../contracts/captions.ts';
import { FencedError } from '../../runtime/errors.ts';
import { EffectTable } from '../asset-ledger/effect-table.ts';
import { type Claim, SideEffects } from '../asset-ledger/side-effects.ts';
import type { LedgerTable } from '../asset-ledger/table.ts';
import { usedPercent } from './budget.ts';
import { CaptionBudget, type ReservationName } from './caption-budget.ts';
import { callId } from './caption-key.ts';
import { costOf, upperBound } from './cost.ts';
import type { PixelSize } from './image-tokens.ts';
import { captionPromptVersion } from './prompt.ts';
import { type CaptionProvider, CaptionProviderError, type ProviderAnswer } from './provider-answer.ts';
import { type Entry, ProviderGate } from './provider-gate.ts';

/** Calls for one picture, the first included: the asset must not wait long for words that it can do without. */
const maxCalls = 3;
const firstBackOffMilliseconds = 1_000;
const longestBackOffMilliseconds = 10_000;
/** Between two looks at a caption that another worker is making. */
const lookEveryMilliseconds = 400;
/** For reading the picture and for the ledger's own answers. */
const leaseMarginSeconds = 30;
/** The answer is paid: writing it down is worth more tries than anything else. */
const confirmRetry = { retries: 5, minTimeout: 50, maxTimeout: 1000, randomize: true };

/** How far the caption of a near-duplicate is. */
export interface Rival {
  key: string;
  state: 'under way' | 'answered';
}
/** A picture as it goes to the provider. */
export interface SentPicture extends PixelSize {
  jpeg: Buffer;
}
export interface CaptionedPicture {
  /** `captionKey`'s. */
  key: string;
  /** Made only where it is sent. */
  read(): Promise<SentPicture>;
  /**
   * Captions of near-duplicates that are there or being made. They are looked for while this one is claimed: of two that
   * are claimed at the same moment, at least the later one's worker sees the other.
   */
  rivals?(): Promise<readonly Rival[]>;
}
export interface CaptionRequest {
  desk: string;
  /** A name that this worker's own retries bear too, and no other picture of the same asset. */
  owner: string;
  /** Nothing is begun that could end after it. */
  deadline: Date;
}

export type Captioning =
  | { state: 'answered'; answer: CaptionAnswer; isPaidNow: boolean }
  | { state: 'refused'; reason: string }
  | { state: 'waiting'; reason: WaitingReason; detail?: string };
/** Nothing was asked: a near-duplicate's caption is to be shown instead. */
export interface Yielded {
  state: 'yielded';
}

export interface CaptionClock {
  now(): Date;
  wait(milliseconds: number): Promise<unknown>;
}
/**
 * Told how much of a desk's day is committed as it fills, for the alarm before the limit. Where a call finds no money
 * that is all of it: what is left is less than the call may cost, and nothing smaller will come.
 */
export type SpendWatch = (desk: string, usedPercent: number) => void;

/** A call that is being made: its claim, its picture, its place in the budget. */
interface Call {
  claim: Claim<CaptionResult>;
  entry: Entry;
  sent: SentPicture;
  bound: ReturnType<typeof upperBound>;
  reservation: ReservationName;
  desk: string;
  /** A call must have ended by then. */
  until: Date;
  /** Whether the provider was asked and nobody knows what it made of it. */
  mayBeBilled: boolean;
}

/**
 * Which of several near-duplicates is asked about, once each has claimed its own caption. The lowest key stays and waits
 * until those that it sees have given way or been paid for; any other gives way. So nobody waits for one who waits for
 * them, and two never pay.
 */
export function precedence(key: string, rivals: readonly Rival[]): 'asks' | 'waits' | 'yields' {
  const others = rivals.filter((rival) => rival.key !== key);
  if (others.some((rival) => rival.state === 'answered' || rival.key < key)) return 'yields';
  return others.length > 0 ? 'waits' : 'asks';
}

/** Makes each caption once, however many workers ask, within the money and the provider's quotas. */
export class Captioner {
  readonly #settings: CaptionSettings;
  readonly #provider: CaptionProvider;
  readonly #claims: SideEffects<CaptionResult>;
  readonly #budget: CaptionBudget;
  readonly #gate: ProviderGate;
  readonly #clock: CaptionClock;
  readonly #watch: SpendWatch;

  constructor({
    table,
    settings,
    provider,
    clock,
    watch,
  }: {
    table: LedgerTable;
    settings: CaptionSettings;
    provider: CaptionProvider;
    clock: CaptionClock;
    watch: SpendWatch;
  }) {
    this.#settings = settings;
    this.#provider = provider;
    this.#claims = new SideEffects(new EffectTable(table), captionResultSchema, () => clock.now());
    this.#budget = new CaptionBudget(table);
    this.#gate = new ProviderGate(table, settings, () => clock.now());
    this.#clock = clock;
    this.#watch = watch;
  }

  /**
   * The picture's caption: the one that was paid for before, the one that another worker is making at this moment, or
   * a new one, unless a near-duplicate's goes first.
   * @throws what `picture.read` and `picture.rivals` throw; RetryableError where the ledger is busy.
   */
  async caption(picture: CaptionedPicture, request: CaptionRequest): Promise<Captioning | Yielded> {
    const { owner, deadline } = request;
    for (;;) {
      const answer = await this.#claims.claim(captionKeys.caption(picture.key), {
        owner,
        leaseSeconds: this.#leaseSeconds,
      });
      if (answer.state === 'confirmed') return captioningOf(answer.result, false);
      if (answer.state === 'claimed') return this.#work(picture, request, answer.claim);
      if (this.#clock.now().getTime() + lookEveryMilliseconds > deadline.getTime())
        return { state: 'waiting', reason: 'busy' };
      await this.#clock.wait(lookEveryMilliseconds * (0.5 + Math.random()));
    }
  }

  get #callSeconds(): number {
    return this.#settings.provider.timeoutSeconds;
  }
  get #leaseSeconds(): number {
    return (
      maxCalls * (this.#callSeconds + this.#settings.quota.maxWaitSeconds + longestBackOffMilliseconds / 1000) +
      leaseMarginSeconds
    );
  }

  /** What a claim was for is done, refused for good, or the claim is given back. */
  async #work(
    picture: CaptionedPicture,
    { desk, deadline }: CaptionRequest,
    claim: Claim<CaptionResult>,
  ): Promise<Captioning | Yielded> {
    const leaseEnd = this.#clock.now().getTime() + this.#leaseSeconds * 1000 - leaseMarginSeconds * 500;
    const until = new Date(Math.min(deadline.getTime(), leaseEnd));
    const instead = await this.#standBack(picture, claim, until);
    if (instead !== undefined) return this.#givenBack(claim, instead);
    const entry = await this.#gate.enter();
    if (entry === undefined) return this.#givenBack(claim, { state: 'waiting', reason: 'provider' });
    let sent: SentPicture;
    try {
      sent = await picture.read();
    } catch (error) {
      await this.#gate.left(entry);
      await this.#claims.release(claim);
      throw error;
    }
    return this.#pay({
      claim,
      entry,
      sent,
      bound: upperBound(this.#settings, sent),
      reservation: {
        desk,
        day: budgetDay(this.#clock.now()),
        id: callId(picture.key, claim.fence, { isBilledOnce: this.#isBilledOnce }),
      },
      desk,
      until,
      mayBeBilled: false,
    });
  }

  /** Lets near-duplicates go first that have claimed their own. @returns what is to be said where nothing is asked. */
  async #standBack(
    { key, rivals }: CaptionedPicture,
    claim: Claim<CaptionResult>,
    until: Date,
  ): Promise<Yielded | Extract<Captioning, { state: 'waiting' }> | undefined> {
    if (rivals === undefined) return undefined;
    try {
      for (;;) {
        const place = precedence(key, await rivals());
        if (place === 'asks') return undefined;
        if (place === 'yields') return { state: 'yielded' };
        if (this.#endsAfter(until, lookEveryMilliseconds)) return { state: 'waiting', reason: 'busy' };
        await this.#clock.wait(lookEveryMilliseconds * (0.5 + Math.random()));
      }
    } catch (error) {
      await this.#claims.release(claim);
      throw error;
    }
  }

  get #isBilledOnce(): boolean {
    const { provider } = this.#settings;
    return provider.kind === 'openai-compatible' && provider.honoursIdempotencyKey;
  }

  async #pay(call: Call): Promise<Captioning> {
    for (let made = 1; ; made++) {
      const obstacle = await this.#turnAndMoney(call);
      if (obstacle !== undefined) return this.#abandoned(call, obstacle, { wasAsked: made > 1 });
      try {
        return await this.#paid(call, await this.#provider.ask(call.sent.jpeg, call.reservation.id));
      } catch (error) {
        if (!(error instanceof CaptionProviderError)) throw error;
        const end = await this.#failed(call, error, made);
        if (end !== undefined) return end;
      }
    }
  }

  /** Waits for the call's turn and sets its money aside. @returns why the call may not be made. */
  async #turnAndMoney({ bound, reservation, desk, until }: Call): Promise<WaitingReason | undefined> {
    const wait = await this.#gate.takeTurn(bound.inputTokens + bound.outputTokens);
    if (wait === undefined || this.#endsAfter(until, wait)) return 'quota';
    if (wait > 0) await this.#clock.wait(wait);
    const limit = dailyLimit(this.#settings, desk);
    const spend = await this.#budget.reserve(reservation, {
      microDollars: bound.microDollars,
      expiresAt: new Date(this.#clock.now().getTime() + this.#leaseSeconds * 1000).toISOString(),
      limit,
    });
    this.#watch(desk, spend === undefined ? 100 : usedPercent(spend, limit));
    return spend === undefined ? 'budget' : undefined;
  }

  #endsAfter(until: Date, waitMilliseconds: number): boolean {
    return this.#clock.now().getTime() + waitMilliseconds + this.#callSeconds * 1000 > until.getTime();
  }

  /** Writes the answer down before anything else: from then on nobody pays for it again. */
  async #paid(call: Call, said: ProviderAnswer): Promise<Captioning> {
    const { bound, reservation, claim } = call;
    const usage = said.usage ?? { inputTokens: bound.inputTokens, outputTokens: bound.outputTokens };
    const result: CaptionAnswer = {
      state: 'answered',
      text: said.text,
      model: said.model ?? modelOf(this.#settings.provider),
      promptVersion: captionPromptVersion,
      ...usage,
      costMicroDollars: said.usage === undefined ? bound.microDollars : costOf(this.#settings, usage),
      reservation,
      answeredAt: this.#clock.now().toISOString(),
    };
    try {
      const isOurs = await this.#confirmed(claim, result);
      return isOurs ? captioningOf(result, true) : { state: 'waiting', reason: 'busy' };
    } finally {
      // It was billed, whatever became of the claim.
      await this.#budget.settle(reservation, { ...usage, microDollars: result.costMicroDollars });
      await this.#gate.answered(call.entry);
    }
  }

  /** @returns false where another worker has the claim by now: its caption will be the one that stands. */
  async #confirmed(claim: Claim<CaptionResult>, result: CaptionResult): Promise<boolean> {
    try {
      await pRetry(() => this.#claims.confirm(claim, result), {
        ...confirmRetry,
        shouldRetry: ({ error }) => !(error instanceof FencedError),
      });
      return true;
    } catch (error) {
      if (error instanceof FencedError) return false;
      throw error;
    }
  }

  /** @returns undefined where the call is to be made again. */
  async #failed(call: Call, error: CaptionProviderError, made: number): Promise<Captioning | undefined> {
    const { claim, entry } = call;
    const { kind, message: detail } = error;
    call.mayBeBilled ||= kind === 'silent';
    if (kind === 'refused') {
      const refusal: CaptionResult = {
        state: 'refused',
        reason: detail,
        answeredAt: this.#clock.now().toISOString(),
      };
      await this.#confirmed(claim, refusal);
      await this.#unpaid(call);
      await this.#gate.answered(entry);
      return captioningOf(refusal, false);
    }
    const isAway = await this.#toldGate(entry, error);
    // A call that may have been billed is made again only where it is billed once under its name.
    const isFinal = made >= maxCalls || isAway || kind === 'turned away' || (kind === 'silent' && !this.#isBilledOnce);
    if (!isFinal && (await this.#backedOff(call, made))) return undefined;
    await this.#unpaid(call);
    return this.#givenBack(claim, { state: 'waiting', reason: kind === 'throttled' ? 'quota' : 'provider', detail });
  }

  /** @returns whether the breaker is open now. */
  async #toldGate(entry: Entry, { kind, retryAfterMilliseconds }: CaptionProviderError): Promise<boolean> {
    if (retryAfterMilliseconds !== undefined) await this.#gate.pauseFor(retryAfterMilliseconds);
    if (kind !== 'throttled') return this.#gate.failed(entry);
    await this.#gate.answered(entry);
    return false;
  }

  /** Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
  async #backedOff({ until }: Call, made: number): Promise<boolean> {
    const longest = Math.min(longestBackOffMilliseconds, firstBackOffMilliseconds * 2 ** (made - 1));
    const wait = Math.random() * longest;
    if (this.#endsAfter(until, wait)) return false;
    await this.#clock.wait(wait);
    // Others may have found out meanwhile that nobody is there.
    return (await this.#gate.outlook()) === 'free';
  }

  async #abandoned(call: Call, reason: WaitingReason, { wasAsked }: { wasAsked: boolean }): Promise<Captioning> {
    if (wasAsked) await this.#unpaid(call);
    await this.#gate.left(call.entry);
    return this.#givenBack(call.claim, { state: 'waiting', reason });
  }

  async #unpaid({ reservation, mayBeBilled }: Call): Promise<void> {
    if (mayBeBilled) await this.#budget.giveUp(reservation);
    else await this.#budget.release(reservation);
  }

  async #givenBack<Said extends Captioning | Yielded>(claim: Claim<CaptionResult>, captioning: Said): Promise<Said> {
    await this.#claims.release(claim);
    return captioning;
  }
}

const captioningOf = (result: CaptionResult, isPaidNow: boolean): Captioning =>
  result.state === 'answered'
    ? { state: 'answered', answer: result, isPaidNow }
    : { state: 'refused', reason: result.reason };
