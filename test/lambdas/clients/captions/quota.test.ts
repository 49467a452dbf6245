import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pause, takeTurn, untouchedQuota } from '../../../../lambdas/clients/captions/quota.ts';
import type { QuotaState } from '../../../../lambdas/contracts/captions.ts';

const quota = { requestsPerMinute: 60, tokensPerMinute: 60_000, maxWaitSeconds: 20 };
const start = Date.parse('2026-05-01T12:00:00Z');
const minute = 60_000;
const burst = 10_000;
/** A double holds milliseconds since 1970 to about a quarter of a microsecond. */
const rounding = 0.01;

/** Turns of calls that come at these times, each waiting as long as it must. */
function turnsOf(
  calls: readonly { at: number; tokens: number }[],
  limits = quota,
  maxWaitMilliseconds = Number.POSITIVE_INFINITY,
): { asked: number; turnAt: number; tokens: number }[] {
  let state: QuotaState = untouchedQuota;
  return calls.flatMap(({ at, tokens }) => {
    const turn = takeTurn(state, limits, { tokens, now: at, maxWaitMilliseconds });
    if (turn.turnAt === undefined) return [];
    state = turn.next;
    return [{ asked: at, turnAt: turn.turnAt, tokens }];
  });
}

describe('turns within a provider’s quotas', () => {
  it('come at once after a rest, ten seconds’ worth, and then evenly', () => {
    const turns = turnsOf(Array.from({ length: 13 }, () => ({ at: start, tokens: 10 })));
    expect(turns.map(({ turnAt }) => turnAt - start)).toEqual([...Array(11).fill(0), 1000, 2000]);
  });

  it('are as far apart as the tokens want, where these are scarcer', () => {
    const turns = turnsOf(Array.from({ length: 4 }, () => ({ at: start, tokens: 10_000 })));
    expect(turns.map(({ turnAt }) => turnAt - start)).toEqual([0, 0, 10_000, 20_000]);
  });

  it('are not given, and take nothing, where they would be too far away', () => {
    const calls = Array.from({ length: 8 }, () => ({ at: start, tokens: 10_000 }));
    const turns = turnsOf(calls, quota, 20_000);
    expect(turns).toHaveLength(4);
    const later = turnsOf([...calls, { at: start + 30_000, tokens: 10_000 }], quota, 20_000);
    expect(later.at(-1)?.turnAt).toBe(start + 30_000);
  });

  it('wait for everybody once the provider has said how long, and a shorter word changes nothing', () => {
    const paused = pause(pause(untouchedQuota, start + 5000), start + 1000);
    const turn = takeTurn(paused, quota, { tokens: 1, now: start, maxWaitMilliseconds: 20_000 });
    expect(turn.turnAt).toBe(start + 5000);
    expect(takeTurn(paused, quota, { tokens: 1, now: start, maxWaitMilliseconds: 4999 }).turnAt).toBeUndefined();
  });

  const calls = fc.array(
    fc.record({ gap: fc.integer({ min: 0, max: 4000 }), tokens: fc.integer({ min: 1, max: 9000 }) }),
    {
      minLength: 1,
      maxLength: 120,
    },
  );
  const timed = (gaps: readonly { gap: number; tokens: number }[]) => {
    let at = start;
    return gaps.map(({ gap, tokens }) => {
      at += gap;
      return { at, tokens };
    });
  };

  it('never pass the quota in any stretch of time, beyond the burst and the call that begins it', () => {
    fc.assert(
      fc.property(
        calls,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 9000, max: 200_000 }),
        (gaps, rpm, tpm) => {
          const limits = { ...quota, requestsPerMinute: rpm, tokensPerMinute: tpm };
          const turns = turnsOf(timed(gaps), limits);
          for (const [from, first] of turns.entries()) {
            let tokens = 0;
            for (const [to, each] of turns.entries()) {
              if (to < from) continue;
              const allowed = (each.turnAt - first.turnAt + burst) / minute;
              expect(to - from).toBeLessThanOrEqual(allowed * rpm + rounding);
              expect(tokens).toBeLessThanOrEqual(allowed * tpm + rounding);
              tokens += each.tokens;
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are given in the order in which they are asked for, and never before', () => {
    fc.assert(
      fc.property(calls, (gaps) => {
        const turns = turnsOf(timed(gaps));
        expect(turns).toHaveLength(gaps.length);
        for (const [at, turn] of turns.entries()) {
          expect(turn.turnAt).toBeGreaterThanOrEqual(turn.asked);
          expect(turn.turnAt).toBeGreaterThanOrEqual(turns[at - 1]?.turnAt ?? 0);
        }
      }),
    );
  });

  it('are never waited for longer than the bound', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 0, max: 30_000 }), (gaps, bound) => {
        for (const { asked, turnAt } of turnsOf(timed(gaps), quota, bound))
          expect(turnAt - asked).toBeLessThanOrEqual(bound);
      }),
    );
  });
});
