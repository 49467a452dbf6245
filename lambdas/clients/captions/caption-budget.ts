import { type CaptionResult, captionKeys, type Spend, spendSchema } from '../../contracts/captions.ts';
import type { LedgerTable } from '../asset-ledger/table.ts';
import { type Bill, expiredOf, giveUp, nothingSpent, release, reserve, settle } from './budget.ts';
import { captionKeyOfCall, isBilledOnce } from './caption-key.ts';
import { type SharedRecord, sharedRecord } from './shared-record.ts';

/** Two budget years can be compared. */
const keepDays = 800;

/** Where a call's money is set aside. */
export interface ReservationName {
  desk: string;
  day: string;
  id: string;
}

/** What was paid for under a caption's key. */
export type Evidence = (captionKey: string) => Promise<CaptionResult | undefined>;

export interface SweptSpend {
  /** Reservations that turned out to be paid, and were settled for their worker. */
  settled: number;
  /** Those of which nobody knows: their money stays committed. */
  unaccounted: number;
}

/** The desks' money, one record a desk and day. */
export class CaptionBudget {
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  #record(desk: string, day: string): SharedRecord<Spend> {
    return sharedRecord(this.#table, captionKeys.spend(desk, day), {
      schema: spendSchema,
      initial: nothingSpent,
      keepDays,
    });
  }

  read(desk: string, day: string): Promise<Spend> {
    return this.#record(desk, day).read();
  }

  /**
   * Sets money aside before a call.
   * @returns what is committed then, or undefined where it would pass the limit.
   */
  reserve(
    { desk, day, id }: ReservationName,
    { microDollars, expiresAt, limit }: { microDollars: number; expiresAt: string; limit: number },
  ): Promise<Spend | undefined> {
    return this.#record(desk, day).change((spend) => {
      const next = reserve(spend, { id, microDollars, expiresAt }, limit);
      return { next, answer: next };
    });
  }

  /** @returns the day's spending then, or undefined where the call was settled before. */
  settle({ desk, day, id }: ReservationName, bill: Bill): Promise<Spend | undefined> {
    return this.#record(desk, day).change((spend) => {
      const next = settle(spend, id, bill);
      return { next, answer: next };
    });
  }

  /** Gives the money of a call that was not billed back. */
  release({ desk, day, id }: ReservationName): Promise<void> {
    return this.#record(desk, day).change((spend) => ({ next: release(spend, id), answer: undefined }));
  }

  /** Keeps the money of a call of which nobody knows whether it was billed. */
  giveUp({ desk, day, id }: ReservationName): Promise<void> {
    return this.#record(desk, day).change((spend) => ({ next: giveUp(spend, id), answer: undefined }));
  }

  /**
   * Ends reservations whose worker is gone: settles those whose caption was confirmed, keeps the others committed as
   * unaccounted for. What was unaccounted before and has been confirmed since is settled too.
   */
  async sweep(desk: string, day: string, evidence: Evidence, now: Date): Promise<SweptSpend> {
    const spend = await this.read(desk, day);
    const swept: SweptSpend = { settled: 0, unaccounted: 0 };
    for (const id of [...expiredOf(spend, now), ...Object.keys(spend.unaccounted)]) {
      const result = await evidence(captionKeyOfCall(id));
      const answer = result?.state === 'answered' ? result : undefined;
      if (answer !== undefined && isSame(answer.reservation, { desk, day, id })) {
        await this.settle({ desk, day, id }, { ...answer, microDollars: answer.costMicroDollars });
        swept.settled += 1;
      } else if (answer !== undefined && isBilledOnce(id)) {
        // The one bill there is stands on another desk's or day's account.
        await this.release({ desk, day, id });
      } else {
        await this.giveUp({ desk, day, id });
        swept.unaccounted += 1;
      }
    }
    return swept;
  }
}

const isSame = (one: ReservationName, other: ReservationName): boolean =>
  one.desk === other.desk && one.day === other.day && one.id === other.id;
