import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atUsualPace, driftOf, onSlowerClock, slownessOf } from '../../measure/sizing/pace.ts';
import { poissonArrivals } from '../../sizing/load/arrivals.ts';
import type { ServiceModel } from '../../sizing/profile/profile.ts';
import { outcomeOf } from '../../sizing/queueing/outcome.ts';
import { localInstance } from '../../sizing/size.ts';

const work = { client: 1, endpointServer: 2, modelServer: 1, worker: 3 };

/** An endpoint on a machine on which everything takes `times` as long. */
function model(times: number): ServiceModel {
  const sharesWhenIdle = [
    { idleMilliseconds: 1 * times, share: 1 },
    { idleMilliseconds: 20 * times, share: 1.8 },
  ];
  const sharesByLoad = [
    { load: 0.2, share: 1.4 },
    { load: 1, share: 0.9 },
  ];
  return {
    holdMilliseconds: [2, 3, 3, 5].map((hold) => hold * times),
    fixedMilliseconds: times,
    overheadMilliseconds: 0.5 * times,
    millisecondsPer100: 0.2 * times,
    companions: [{ program: 'modelServer', milliseconds: times, shareWhenBusy: 0.8, sharesWhenIdle, sharesByLoad }],
    ...{ shareWhenBusy: 0.9, sharesWhenIdle, sharesByLoad },
    spreadsByLoad: [{ load: 0.5, spread: 0.4 }],
    turnaroundMilliseconds: 0.7 * times,
  };
}

describe('a machine whose speed drifts', () => {
  it('is as slow as callers before and after found it', () => {
    expect(slownessOf({ before: 90, after: 110 }, 200)).toBe(2);
    expect(driftOf({ before: 100, after: 90 })).toBeCloseTo(-0.1, 12);
  });

  it('answers, where everything takes longer, as the usual one does on a slower clock', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), fc.integer({ min: 1, max: 1000 }), (times, seed) => {
        const arrivals = poissonArrivals({ ratePerSecond: 100, seconds: 3, seed });
        const [slow, usual] = [model(times), model(1)];
        const found = outcomeOf(slow, arrivals, { instances: 1, instance: localInstance(slow) }, seed);
        const onClock = outcomeOf(
          usual,
          onSlowerClock(arrivals, times),
          { instances: 1, instance: localInstance(usual) },
          seed,
        );
        expect(times * onClock.p50Milliseconds).toBeCloseTo(found.p50Milliseconds, 6);
        expect(times * onClock.p95Milliseconds).toBeCloseTo(found.p95Milliseconds, 6);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps how busy an open loop made it', () => {
    const level = {
      ratePerSecond: 60,
      arrivals: poissonArrivals({ ratePerSecond: 60, seconds: 1, seed: 3 }),
      milliseconds: [10, 30],
      work,
    };
    const usual = atUsualPace(level, 1.5);
    expect(usual.milliseconds).toEqual([10 / 1.5, 20]);
    expect(usual.ratePerSecond * usual.work.worker).toBeCloseTo(level.ratePerSecond * level.work.worker, 12);
    expect(usual.arrivals.length).toBe(level.arrivals.length);
    expect(usual.arrivals.at(-1)?.milliseconds).toBeCloseTo((level.arrivals.at(-1)?.milliseconds ?? 0) / 1.5, 12);
  });
});
