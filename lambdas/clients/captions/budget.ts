import type { Spend } from '../../contracts/captions.ts';

/**
 * A desk's money for a day, as pure changes of one record: reserve before a call, settle after it. What is committed is
 * spent, reserved, or unaccounted for; it never passes the limit by a reservation.
 */
export const nothingSpent: Spend = {
  spentMicroDollars: 0,
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  reservations: {},
  unaccounted: {},
};

const sum = (amounts: readonly number[]): number => amounts.reduce((total, each) => total + each, 0);

export const reservedOf = ({ reservations }: Spend): number =>
  sum(Object.values(reservations).map(({ microDollars }) => microDollars));
export const unaccountedOf = ({ unaccounted }: Spend): number => sum(Object.values(unaccounted));
export const committedOf = (spend: Spend): number => spend.spentMicroDollars + reservedOf(spend) + unaccountedOf(spend);

/** How much of the limit is committed, in percent: all of it where there is none. */
export const usedPercent = (spend: Spend, limitMicroDollars: number): number =>
  limitMicroDollars === 0 ? 100 : (100 * committedOf(spend)) / limitMicroDollars;

export interface Reservation {
  id: string;
  /** An upper bound of what the call may cost. */
  microDollars: number;
  expiresAt: string;
}
/** What a call really cost. */
export interface Bill {
  microDollars: number;
  inputTokens: number;
  outputTokens: number;
}

/** An item takes 400 KB; more calls at once, or more that ended unknown, than these mean that something is broken. */
export const maxOpenReservations = 1000;

/**
 * Sets money aside for one call. A reservation of the same id is the same call tried again: it is replaced, whether it
 * was still open or already unaccounted for.
 * @returns undefined where it could pass the limit, or where too many calls are open.
 */
export function reserve(
  spend: Spend,
  { id, microDollars, expiresAt }: Reservation,
  limitMicroDollars: number,
): Spend | undefined {
  const without = release(spend, id) ?? spend;
  const open = Object.keys(without.reservations).length + Object.keys(without.unaccounted).length;
  if (committedOf(without) + microDollars > limitMicroDollars || open >= maxOpenReservations) return undefined;
  return {
    ...without,
    limitMicroDollars,
    reservations: { ...without.reservations, [id]: { microDollars, expiresAt } },
  };
}

/**
 * Puts the bill in the place of its reservation, however late it comes.
 * @returns undefined where there is no such reservation: it was settled or released before.
 */
export function settle(spend: Spend, id: string, bill: Bill): Spend | undefined {
  const without = release(spend, id);
  if (without === undefined) return undefined;
  return {
    ...without,
    spentMicroDollars: without.spentMicroDollars + bill.microDollars,
    calls: without.calls + 1,
    inputTokens: without.inputTokens + bill.inputTokens,
    outputTokens: without.outputTokens + bill.outputTokens,
  };
}

/** Gives the money of a call that was certainly not billed back. @returns undefined where nothing was set aside. */
export function release(spend: Spend, id: string): Spend | undefined {
  if (!(id in spend.reservations) && !(id in spend.unaccounted)) return undefined;
  const { [id]: _reserved, ...reservations } = spend.reservations;
  const { [id]: _unaccounted, ...unaccounted } = spend.unaccounted;
  return { ...spend, reservations, unaccounted };
}

/**
 * Ends a reservation of whose call nobody knows whether it was billed. Its money stays committed, because the limit
 * must hold in the provider's books too, but it is told apart from what is under way.
 * @returns undefined where it is not open.
 */
export function giveUp(spend: Spend, id: string): Spend | undefined {
  const open = spend.reservations[id];
  if (open === undefined) return undefined;
  const without = release(spend, id) ?? spend;
  return { ...without, unaccounted: { ...without.unaccounted, [id]: open.microDollars } };
}

/** Reservations whose worker should long have settled them. */
export const expiredOf = ({ reservations }: Spend, now: Date): string[] =>
  Object.entries(reservations)
    .filter(([, { expiresAt }]) => Date.parse(expiresAt) <= now.getTime())
    .map(([id]) => id);
