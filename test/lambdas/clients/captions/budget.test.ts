import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  committedOf,
  expiredOf,
  giveUp,
  maxOpenReservations,
  nothingSpent,
  release,
  reserve,
  reservedOf,
  settle,
  unaccountedOf,
  usedPercent,
} from '../../../../lambdas/clients/captions/budget.ts';
import type { Spend } from '../../../../lambdas/contracts/captions.ts';

const expiresAt = '2026-05-01T12:05:00.000Z';
const bill = (microDollars: number) => ({ microDollars, inputTokens: 100, outputTokens: 10 });
const reserved = (id: string, microDollars: number, spend: Spend = nothingSpent): Spend =>
  reserve(spend, { id, microDollars, expiresAt }, Number.MAX_SAFE_INTEGER) as Spend;

describe('a desk’s money for a day', () => {
  it('is set aside before a call and gives way to the bill after it', () => {
    const before = reserved('a', 500);
    expect([committedOf(before), reservedOf(before), before.spentMicroDollars]).toEqual([500, 500, 0]);
    expect(settle(before, 'a', bill(320))).toEqual({
      limitMicroDollars: Number.MAX_SAFE_INTEGER,
      spentMicroDollars: 320,
      calls: 1,
      inputTokens: 100,
      outputTokens: 10,
      reservations: {},
      unaccounted: {},
    });
  });

  it('stops hard at the limit, to the micro-dollar', () => {
    const most = reserved('a', 600);
    expect(reserve(most, { id: 'b', microDollars: 400, expiresAt }, 1000)).toBeDefined();
    expect(reserve(most, { id: 'b', microDollars: 401, expiresAt }, 1000)).toBeUndefined();
    expect(reserve(nothingSpent, { id: 'a', microDollars: 1, expiresAt }, 0)).toBeUndefined();
  });

  it('is used by what is committed, in percent of the limit, and wholly where nothing may be spent', () => {
    expect(usedPercent(settle(reserved('b', 300, reserved('a', 500)), 'a', bill(200)) as Spend, 1000)).toBe(50);
    expect(usedPercent(nothingSpent, 0)).toBe(100);
  });

  it('counts a call that is tried again under its name once', () => {
    const again = reserve(reserved('a', 600), { id: 'a', microDollars: 700, expiresAt }, 1000);
    expect(again && reservedOf(again)).toBe(700);
    const lost = giveUp(reserved('a', 600), 'a') as Spend;
    const taken = reserve(lost, { id: 'a', microDollars: 700, expiresAt }, 1000);
    expect(taken && [reservedOf(taken), unaccountedOf(taken)]).toEqual([700, 0]);
  });

  it('is charged once for a call, however often it is settled', () => {
    const settled = settle(reserved('a', 500), 'a', bill(300)) as Spend;
    expect(settle(settled, 'a', bill(300))).toBeUndefined();
    expect(release(settled, 'a')).toBeUndefined();
    expect(giveUp(settled, 'a')).toBeUndefined();
  });

  it('comes back whole where the call was not billed', () => {
    expect(release(reserved('a', 500), 'a')).toMatchObject(nothingSpent);
  });

  it('stays committed where nobody knows, and is settled exactly once somebody does', () => {
    const lost = giveUp(reserved('a', 500), 'a') as Spend;
    expect([committedOf(lost), reservedOf(lost), unaccountedOf(lost)]).toEqual([500, 0, 500]);
    expect(reserve(lost, { id: 'b', microDollars: 501, expiresAt }, 1000)).toBeUndefined();
    const known = settle(lost, 'a', bill(20)) as Spend;
    expect([committedOf(known), known.calls]).toEqual([20, 1]);
  });

  it('has reservations that run out at their moment, not before', () => {
    const spend = reserved('a', 500);
    expect(expiredOf(spend, new Date('2026-05-01T12:04:59.999Z'))).toEqual([]);
    expect(expiredOf(spend, new Date(expiresAt))).toEqual(['a']);
  });

  it('takes no more calls at once than its record holds', () => {
    const full = Array.from({ length: maxOpenReservations }, (_, at) => `call-${at}`).reduce(
      (spend, id) => reserved(id, 1, spend),
      nothingSpent,
    );
    expect(reserve(full, { id: 'more', microDollars: 1, expiresAt }, Number.MAX_SAFE_INTEGER)).toBeUndefined();
    const lost = giveUp(full, 'call-0') as Spend;
    expect(reserve(lost, { id: 'more', microDollars: 1, expiresAt }, Number.MAX_SAFE_INTEGER)).toBeUndefined();
    expect(reserve(release(full, 'call-0') as Spend, { id: 'more', microDollars: 1, expiresAt }, 5000)).toBeDefined();
  });
});

/** A worker's way through one call; it may die after any of its steps. */
const call = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  bound: fc.integer({ min: 1, max: 400 }),
  billShare: fc.double({ min: 0, max: 1, noNaN: true }),
  end: fc.constantFrom(
    'settle',
    'settle twice',
    'release',
    'die before the call',
    'die after the call',
    'give up',
    'settle late',
  ),
});

describe('over any interleaving of workers and crashes', () => {
  it('what is spent and set aside never passes the limit, and every bill is counted once', () => {
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 40 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.infiniteStream(fc.nat()),
        (calls, limit, order) => {
          let spend = nothingSpent;
          let billed = 0;
          let calledTimes = 0;
          const unknown = new Map<string, number>();
          const steps = calls.map((each, index) => plan({ ...each, id: `${each.id}${index}` }));
          while (steps.some((queue) => queue.length > 0)) {
            const open = steps.filter((queue) => queue.length > 0);
            const chosen = open[(order.next().value as number) % open.length];
            const isGoing = chosen?.shift()?.();
            if (isGoing === false && chosen) chosen.length = 0;
            expect(committedOf(spend)).toBeLessThanOrEqual(limit);
            expect(spend.spentMicroDollars).toBeLessThanOrEqual(billed);
            // The provider's books never show more than the desk has committed.
            expect(billed).toBeLessThanOrEqual(committedOf(spend));
          }
          const sumUnknown = [...unknown.values()].reduce((sum, each) => sum + each, 0);
          expect(spend.spentMicroDollars).toBe(billed - sumUnknown);
          expect(spend.calls).toBe(calledTimes - unknown.size);

          function plan({
            id,
            bound,
            billShare,
            end,
          }: {
            id: string;
            bound: number;
            billShare: number;
            end: string;
          }): (() => boolean)[] {
            const cost = Math.floor(bound * billShare);
            const change = (next: Spend | undefined) => {
              if (next !== undefined) spend = next;
              return true;
            };
            const take = () => {
              const next = reserve(spend, { id, microDollars: bound, expiresAt }, limit);
              if (next !== undefined) spend = next;
              return next !== undefined;
            };
            const ask = () => {
              billed += cost;
              calledTimes += 1;
              unknown.set(id, cost);
              return true;
            };
            const pay = () => {
              unknown.delete(id);
              return change(settle(spend, id, bill(cost)));
            };
            const lose = () => change(giveUp(spend, id));
            switch (end) {
              case 'settle':
                return [take, ask, pay];
              case 'settle twice':
                return [take, ask, pay, pay];
              case 'release':
                return [take, () => change(release(spend, id))];
              case 'die before the call':
                return [take, lose];
              case 'die after the call':
                return [take, ask, lose];
              case 'give up':
                return [take, ask, lose, lose];
              default:
                return [take, ask, lose, pay, pay];
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
