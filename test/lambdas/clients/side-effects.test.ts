import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { maxClockSkewMilliseconds } from '../../../lambdas/clients/asset-ledger/claim-rules.ts';
import { type Claim, claimOf, isHeld, SideEffects } from '../../../lambdas/clients/asset-ledger/side-effects.ts';
import type { EffectRow } from '../../../lambdas/contracts/side-effects.ts';
import { FencedError } from '../../../lambdas/runtime/errors.ts';
import { EffectsInMemory } from './effects-in-memory.ts';

const key = { pk: 'ASSET#1', sk: 'EFFECT#send' };
const leaseSeconds = 60;

let nowMilliseconds: number;
let store: EffectsInMemory;
let effects: SideEffects<string>;

beforeEach(() => {
  nowMilliseconds = Date.parse('2026-05-01T10:00:00Z');
  store = new EffectsInMemory();
  effects = new SideEffects(store, z.string(), () => new Date(nowMilliseconds));
});

async function claimed(owner: string, options: { attempt?: number; subject?: string } = {}): Promise<Claim<string>> {
  const answer = await effects.claim(key, { owner, leaseSeconds, ...options });
  if (answer.state !== 'claimed') throw new Error(`${owner} did not get the claim: it is ${answer.state}`);
  return answer.claim;
}

describe('claiming', () => {
  it('keeps others away for as long as the lease and the clocks allow, and no longer', async () => {
    await claimed('a');
    const untilMilliseconds = nowMilliseconds + leaseSeconds * 1000 + maxClockSkewMilliseconds;
    nowMilliseconds = untilMilliseconds - 1;
    expect(await effects.claim(key, { owner: 'b', leaseSeconds })).toEqual({
      state: 'held',
      until: new Date(untilMilliseconds),
    });
    nowMilliseconds = untilMilliseconds;
    expect((await claimed('b')).fence).toBe(2);
  });

  it('gives a worker its own claim back at once, behind a new fence', async () => {
    expect((await claimed('a')).fence).toBe(1);
    expect((await claimed('a')).fence).toBe(2);
  });

  it('answers with the result where it is confirmed, whoever asks', async () => {
    await effects.confirm(await claimed('a'), 'done');
    for (const owner of ['a', 'b'])
      expect(await effects.claim(key, { owner, leaseSeconds })).toEqual({ state: 'confirmed', result: 'done' });
  });

  it('lets a later attempt take over at once and refuses the earlier one from then on', async () => {
    const early = await claimed('a', { attempt: 1 });
    expect((await claimed('b', { attempt: 2 })).fence).toBe(2);
    await expect(effects.confirm(early, 'early')).rejects.toBeInstanceOf(FencedError);
    await expect(claimed('a', { attempt: 1 })).rejects.toBeInstanceOf(FencedError);
  });

  it('passes what an earlier attempt has confirmed to the later one, and keeps the earlier one out', async () => {
    await effects.confirm(await claimed('a', { attempt: 1, subject: 'x' }), 'done');
    expect(await effects.claim(key, { owner: 'b', leaseSeconds, attempt: 2, subject: 'x' })).toEqual({
      state: 'confirmed',
      result: 'done',
    });
    await expect(claimed('a', { attempt: 1, subject: 'y' })).rejects.toBeInstanceOf(FencedError);
  });

  it('does another subject anew and knows the result that it replaces until it has its own', async () => {
    await effects.confirm(await claimed('a', { subject: 'x' }), 'of x');
    const second = await claimed('a', { subject: 'y' });
    expect(second).toMatchObject({ fence: 2, previous: 'of x' });
    expect((await claimed('a', { subject: 'y' })).previous).toBe('of x');
    expect(store.rows.get('ASSET#1/EFFECT#send')?.result).toBe('of x');
  });

  it('gives up with a name that the workflow retries where the row never stays as it was read', async () => {
    const restless = new SideEffects(
      { read: async () => undefined, swap: async () => false, remove: async () => false },
      z.string(),
    );
    await expect(restless.claim(key, { owner: 'a', leaseSeconds })).rejects.toHaveProperty(
      'name',
      'LedgerContentionError',
    );
  });
});

describe('holding a claim', () => {
  it('may confirm after its lease as long as nobody else has claimed', async () => {
    const claim = await claimed('a');
    nowMilliseconds += 10 * leaseSeconds * 1000;
    expect(await effects.confirm(claim, 'late')).toBe('late');
  });

  it('is refused once somebody else has claimed', async () => {
    const slow = await claimed('a');
    nowMilliseconds += 2 * leaseSeconds * 1000;
    const quick = await claimed('b');
    await expect(effects.confirm(slow, 'slow')).rejects.toBeInstanceOf(FencedError);
    await expect(effects.renew(slow, { leaseSeconds })).rejects.toBeInstanceOf(FencedError);
    expect(await effects.release(slow)).toBe(false);
    expect(await effects.confirm(quick, 'quick')).toBe('quick');
    await expect(effects.confirm(slow, 'slow')).rejects.toBeInstanceOf(FencedError);
  });

  it('hears its own first result where it confirms again, as after a lost answer', async () => {
    const claim = await claimed('a');
    await effects.confirm(claim, 'first');
    expect(await effects.confirm(claim, 'again')).toBe('first');
  });

  it('frees the effect for anybody when it is released, and cannot confirm any more', async () => {
    const claim = await claimed('a');
    expect(await effects.release(claim)).toBe(true);
    expect(await effects.release(claim)).toBe(true);
    await expect(effects.confirm(claim, 'after all')).rejects.toBeInstanceOf(FencedError);
    await expect(effects.renew(claim, { leaseSeconds })).rejects.toBeInstanceOf(FencedError);
    expect((await claimed('b')).fence).toBe(2);
  });

  it('does not take back what it has confirmed', async () => {
    const claim = await claimed('a');
    await effects.confirm(claim, 'done');
    expect(await effects.release(claim)).toBe(false);
  });

  it('prolongs its lease and leaves word of the result to expect, until there is one', async () => {
    const claim = await claimed('a');
    nowMilliseconds += 30_000;
    const renewed = await effects.renew(claim, { leaseSeconds, expected: 'out/1' });
    expect(renewed.row.expected).toBe('out/1');
    nowMilliseconds += 50_000;
    expect((await effects.claim(key, { owner: 'b', leaseSeconds })).state).toBe('held');
    // The claim as it was first answered holds as well.
    await effects.confirm(claim, 'done');
    expect(store.rows.get('ASSET#1/EFFECT#send')).not.toHaveProperty('expected');
  });

  it('is not disturbed in what it has confirmed by prolonging its lease afterwards', async () => {
    const claim = await claimed('a');
    await effects.confirm(claim, 'quick');
    await effects.renew(claim, { leaseSeconds, expected: 'slow' });
    expect(await effects.claim(key, { owner: 'b', leaseSeconds })).toEqual({ state: 'confirmed', result: 'quick' });
  });

  it('may take back what it has confirmed once that is gone, until somebody else claims', async () => {
    const claim = await claimed('a');
    expect(await effects.reopen(claim)).toBe(false);
    await effects.confirm(claim, 'gone');
    expect(await effects.reopen(claim)).toBe(true);
    expect(await effects.reopen(claim)).toBe(true);
    const next = await claimed('b');
    expect(next).toMatchObject({ fence: 2, previous: undefined });
    expect(await effects.reopen(claim)).toBe(false);
  });

  it('can be taken up by another function that reads the row', async () => {
    await claimed('a');
    const row = await store.read(key);
    if (row === undefined) throw new Error('the claim left no row');
    expect(isHeld(row, new Date(nowMilliseconds))).toBe(true);
    await effects.confirm(claimOf(key, row, z.string()), 'told');
    expect(await effects.claim(key, { owner: 'b', leaseSeconds })).toEqual({ state: 'confirmed', result: 'told' });
  });

  it('is not confirmed by the same worker through a row that was forgotten and begun anew', async () => {
    const claim = await claimed('a');
    store.rows.clear();
    await expect(effects.confirm(claim, 'lost')).rejects.toBeInstanceOf(FencedError);
    nowMilliseconds += 1;
    await claimed('a');
    await expect(effects.confirm(claim, 'lost')).rejects.toBeInstanceOf(FencedError);
  });

  it('is not confirmed through a row that another worker has begun anew in the same moment', async () => {
    const claim = await claimed('a');
    store.rows.clear();
    await claimed('b');
    await expect(effects.confirm(claim, 'lost')).rejects.toBeInstanceOf(FencedError);
  });
});

describe('forgetting', () => {
  it('takes the row away and refuses whoever had it claimed', async () => {
    const claim = await claimed('a', { attempt: 1 });
    expect(await effects.forget(key, { upToAttempt: 1 })).toBe(true);
    await expect(effects.confirm(claim, 'lost')).rejects.toBeInstanceOf(FencedError);
    expect(await effects.forget(key, { upToAttempt: 1 })).toBe(true);
  });

  it('leaves what a later attempt has claimed, also where it was read before', async () => {
    const { row } = await claimed('a', { attempt: 1 });
    const later = await claimed('b', { attempt: 2 });
    expect(await effects.forget(key, { upToAttempt: 1 }, row)).toBe(false);
    expect(await effects.confirm(later, 'done')).toBe('done');
  });
});

describe('an effect that everybody wants at the same moment', () => {
  /** A table in which others come first so many times. */
  class Busy extends EffectsInMemory {
    lost: number;
    constructor(lost: number) {
      super();
      this.lost = lost;
    }
    override async swap(...request: Parameters<EffectsInMemory['swap']>): Promise<boolean> {
      return this.lost-- > 0 ? false : super.swap(...request);
    }
    override async remove(...request: Parameters<EffectsInMemory['remove']>): Promise<boolean> {
      return this.lost-- > 0 ? false : super.remove(...request);
    }
  }
  const wish = { owner: 'a', leaseSeconds };
  const crowded = { name: 'LedgerContentionError', message: 'others claim ASSET#1/EFFECT#send at the same moment' };

  it('is claimed, confirmed and forgotten after nine who came first, and left to the workflow’s retry after ten', async () => {
    for (const [lost, isDone] of [
      [9, true],
      [10, false],
    ] as const) {
      const busy = new Busy(lost);
      const wanted = new SideEffects(busy, z.string(), () => new Date(nowMilliseconds));
      const claiming = wanted.claim(key, wish);
      if (!isDone) await expect(claiming).rejects.toMatchObject(crowded);
      else expect(await claiming).toMatchObject({ state: 'claimed' });
      busy.lost = 0;
      const answer = await wanted.claim(key, wish);
      if (answer.state !== 'claimed') throw new Error(answer.state);
      busy.lost = lost;
      const confirming = wanted.confirm(answer.claim, 'done');
      if (!isDone) await expect(confirming).rejects.toMatchObject(crowded);
      else expect(await confirming).toBe('done');
      busy.lost = lost;
      const forgetting = wanted.forget(key, { upToAttempt: 0 });
      if (!isDone) await expect(forgetting).rejects.toMatchObject(crowded);
      else expect([await forgetting, busy.rows.size]).toEqual([true, 0]);
    }
  });

  it('names itself, the claim and the attempts to whoever is refused', async () => {
    const first = await claimed('a');
    await claimed('b', { attempt: 2 });
    await expect(effects.confirm(first, 'late')).rejects.toThrow(/^claim 1 of ASSET#1\/EFFECT#send was overtaken/);
    await expect(claimed('a')).rejects.toThrow('attempt 0 at ASSET#1/EFFECT#send was overtaken by 2');
    await expect(claimed('c', { attempt: 1 })).rejects.toThrow('attempt 1 at ASSET#1/EFFECT#send was overtaken by 2');
  });
});

describe('an effect, as somebody else sees its row', () => {
  it('is held from its claim until the lease and the clocks have run out, and not once it is done or given up', async () => {
    const claim = await claimed('a');
    const endMilliseconds = nowMilliseconds + leaseSeconds * 1000 + maxClockSkewMilliseconds;
    expect(isHeld(claim.row, new Date(nowMilliseconds))).toBe(true);
    expect(isHeld(claim.row, new Date(endMilliseconds - 1))).toBe(true);
    expect(isHeld(claim.row, new Date(endMilliseconds))).toBe(false);
    for (const state of ['confirmed', 'released'] as const)
      expect(isHeld({ ...claim.row, state }, new Date(nowMilliseconds))).toBe(false);
  });
});

describe('doing something once', () => {
  it('does it, and the next time answers with what it came to', async () => {
    let done = 0;
    const work = async () => `result ${++done}`;
    for (const owner of ['a', 'b', 'a'])
      expect(await effects.once(key, { owner, leaseSeconds }, work)).toEqual({
        state: 'confirmed',
        result: 'result 1',
      });
  });

  it('leaves the claim with the worker that failed, whose retry takes it back', async () => {
    const failing = effects.once(key, { owner: 'a', leaseSeconds }, async () => {
      throw new Error('no answer');
    });
    await expect(failing).rejects.toThrow('no answer');
    expect((await effects.once(key, { owner: 'b', leaseSeconds }, async () => 'b')).state).toBe('held');
    expect(await effects.once(key, { owner: 'a', leaseSeconds }, async () => 'a')).toMatchObject({ result: 'a' });
  });
});

const workers = ['a', 'b', 'c'] as const;
const crashPoints = ['before the work', 'after the work', 'after confirming', 'never'] as const;
const lives = fc.record({
  worker: fc.constantFrom(...workers),
  dies: fc.constantFrom(...crashPoints),
  releases: fc.boolean(),
  waitsMilliseconds: fc.constantFrom(0, 1_000, leaseSeconds * 1000, leaseSeconds * 1000 + maxClockSkewMilliseconds),
});

describe('any interleaving of workers that die and leases that run out', () => {
  it('confirms at most one result, never lets two workers hold the claim, and ends with somebody able to do it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(lives, { minLength: 2, maxLength: 9 }),
        fc.boolean(),
        async (scheduler, runs, isRetryAfterDeath) => {
          let now = Date.parse('2026-05-01T10:00:00Z');
          const shared = new EffectsInMemory(() => scheduler.schedule(Promise.resolve()));
          const clocked = new SideEffects(shared, z.string(), () => new Date(now));
          const results = new Set<string>();

          const live = async ({ worker, dies, releases, waitsMilliseconds }: (typeof runs)[number]) => {
            const answer = await clocked.claim(key, { owner: worker, leaseSeconds });
            if (answer.state === 'confirmed') results.add(answer.result);
            if (answer.state !== 'claimed' || dies === 'before the work') return;
            const { claim } = answer;
            await scheduler.schedule(Promise.resolve());
            now += waitsMilliseconds;
            if (dies === 'after the work') return;
            if (releases) {
              await clocked.release(claim);
              return;
            }
            try {
              results.add(await clocked.confirm(claim, `${worker} behind fence ${claim.fence}`));
            } catch (error) {
              if (!(error instanceof FencedError)) throw error;
              expect(shared.history.at(-1)?.fence).toBeGreaterThan(claim.fence);
            }
          };
          // One life after another, as a queue delivers again; or all at once, so that a worker meets its own ghost.
          const livesOf = async (worker: string) => {
            const own = runs.filter((run) => run.worker === worker);
            if (!isRetryAfterDeath) await Promise.all(own.map(live));
            else for (const run of own) await live(run);
          };
          await scheduler.waitFor(Promise.all(workers.map(livesOf)));

          expect(results.size).toBeLessThanOrEqual(1);
          expectNoTwoHolders(shared.history);
          now += leaseSeconds * 1000 + maxClockSkewMilliseconds;
          const last = await scheduler.waitFor(
            clocked.once(key, { owner: 'last', leaseSeconds }, async () => 'the last one'),
          );
          expect(last).toEqual({ state: 'confirmed', result: [...results][0] ?? confirmedIn(shared) });
        },
      ),
      { numRuns: 500 },
    );
  });
});

const confirmedIn = ({ history }: EffectsInMemory) => history.findLast(({ state }) => state === 'confirmed')?.result;

/** Each claim's fence is one higher, and others claim only what was given up or has run out. */
function expectNoTwoHolders(history: readonly EffectRow[]): void {
  for (const [place, next] of history.entries()) {
    const before = history[place - 1];
    if (before === undefined) {
      expect(next.fence).toBe(1);
      continue;
    }
    if (next.fence === before.fence) continue;
    expect(next.fence).toBe(before.fence + 1);
    const isFree =
      before.state === 'released' ||
      before.owner === next.owner ||
      Date.parse(next.claimedAt) >= Date.parse(before.leaseUntil) + maxClockSkewMilliseconds;
    expect(isFree && before.state !== 'confirmed').toBe(true);
  }
}
