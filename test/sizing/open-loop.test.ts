import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poissonArrivals } from '../../sizing/load/arrivals.ts';
import {
  type Profile,
  type ServiceModel,
  serviceModelOf,
  shareAtLoad,
  spreadAtLoad,
  type Work,
} from '../../sizing/profile/profile.ts';
import { type Instance, outcomeOf } from '../../sizing/queueing/outcome.ts';
import { spreadsOf } from '../../sizing/queueing/spread.ts';

const times = (milliseconds: number, count: number) =>
  Array.from({ length: count }, () => ({ length: 20, milliseconds }));
const twice = ({ client, endpointServer, modelServer, worker }: Work): Work => ({
  ...{ client: 2 * client, endpointServer: 2 * endpointServer },
  ...{ modelServer: 2 * modelServer, worker: 2 * worker },
});
const alone: Work = { client: 1, endpointServer: 1, modelServer: 1, worker: 5 };
/** A lone caller's answers take 8 ms; the workers carry 200 a second, and work as much for each. */
const profile: Profile = {
  workers: 1,
  levels: [
    { concurrency: 1, seconds: 8, requests: times(8, 1000), work: alone },
    { concurrency: 4, seconds: 5, requests: times(20, 1000), work: alone },
  ],
};
const atRandom = (ratePerSecond: number, work: Work) => ({ ratePerSecond, arrivals: [], milliseconds: [], work });
const instance: Instance = {
  server: { workers: 1, queueLimit: 1000, batchSize: 1, maxBatchDelayMilliseconds: 0, fixedMilliseconds: 0 },
  cores: 2,
  isOnGpu: false,
  companions: ['client', 'endpointServer', 'modelServer'],
};
const fleet = { instances: 1, instance };
const spreadTo = (model: ServiceModel, spread: number): ServiceModel => ({
  ...model,
  spreadsByLoad: [{ load: 1, spread }],
});
const arrivals = poissonArrivals({ ratePerSecond: 50, seconds: 60, seed: 3 });

describe('what a program works at a load', () => {
  const shares = fc
    .uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 })
    .chain((percents) =>
      fc
        .array(fc.double({ min: 0.2, max: 4, noNaN: true }), { minLength: percents.length, maxLength: percents.length })
        .map((values) =>
          percents.toSorted((a, b) => a - b).map((percent, at) => ({ load: percent / 100, share: values[at] ?? 1 })),
        ),
    );

  it('is what was measured there, as at the nearest load outside of all, and never beyond its neighbours', () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0.001, max: 2, noNaN: true }), (measured, load) => {
        for (const one of measured) expect(shareAtLoad(one.load, measured)).toBeCloseTo(one.share, 9);
        const values = measured.map(({ share }) => share);
        const found = shareAtLoad(load, measured) ?? Number.NaN;
        expect(found).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(found).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        if (load <= (measured[0]?.load ?? 0)) expect(found).toBeCloseTo(values[0] ?? 0, 9);
        if (load >= (measured.at(-1)?.load ?? 0)) expect(found).toBeCloseTo(values.at(-1) ?? 0, 9);
      }),
    );
  });

  it('grows in a straight line for each second', () => {
    const share = shareAtLoad(0.3, [
      { load: 0.2, share: 3 },
      { load: 0.4, share: 2 },
    ]);
    expect(share).toBeCloseTo((0.2 * 3 + 0.4 * 2) / 2 / 0.3, 9);
  });

  it('is nothing where no open loop was measured', () => {
    expect(shareAtLoad(0.5, [])).toBeUndefined();
    expect(serviceModelOf(profile).sharesByLoad).toEqual([]);
  });
});

describe('a simulated load', () => {
  it('costs each program what it was measured to cost there, whatever a lone caller’s request does', () => {
    const costly = serviceModelOf({ ...profile, open: [atRandom(50, twice(alone))] });
    const plain = outcomeOf(serviceModelOf(profile), arrivals, fleet, 1);
    const found = outcomeOf(costly, arrivals, fleet, 1);
    // Twice the work takes at least twice as long, and longer in the tail, where it waits as well.
    expect(found.p50Milliseconds).toBeGreaterThan(1.9 * plain.p50Milliseconds);
    expect(found.p95Milliseconds).toBeGreaterThan(2.1 * plain.p95Milliseconds);
    const asAlone = outcomeOf(serviceModelOf({ ...profile, open: [atRandom(50, alone)] }), arrivals, fleet, 1);
    expect(asAlone.p95Milliseconds).toBeCloseTo(plain.p95Milliseconds, 6);
  });

  it('keeps its mean time and has a longer tail the more visits differ', () => {
    const model = serviceModelOf(profile);
    const [even, uneven] = [0, 0.8].map((spread) => outcomeOf(spreadTo(model, spread), arrivals, fleet, 1));
    expect(uneven?.p95Milliseconds ?? 0).toBeGreaterThan(1.2 * (even?.p95Milliseconds ?? 0));
  });
});

describe('the spread of work', () => {
  const model = serviceModelOf(profile);
  const levelOf = (spread: number, ratePerSecond: number) => {
    const own = poissonArrivals({ ratePerSecond, seconds: 30, seed: ratePerSecond });
    const { p95Milliseconds } = outcomeOf(spreadTo(model, spread), own, fleet, 77);
    return { ratePerSecond, arrivals: own, milliseconds: [p95Milliseconds], work: alone };
  };
  it('is found again for each load from the tails that it gave', () => {
    const spreads = [0.3, 0.6, 0.8];
    const open = spreads.map((spread, at) => levelOf(spread, [40, 60, 80][at] as number));
    const found = spreadsOf([{ model, open, instance }]);
    expect(found.map(({ load }) => load)).toEqual(found.map(({ load }) => load).toSorted((a, b) => a - b));
    for (const [at, { spread }] of found.entries())
      expect(Math.abs(spread - (spreads[at] as number))).toBeLessThan(0.12);
  });

  it('grows in a straight line between two loads and stays as it is outside of them', () => {
    const spreads = [
      { load: 0.2, spread: 0.4 },
      { load: 0.6, spread: 0.8 },
    ];
    const at = [0.1, 0.2, 0.3, 0.6, 0.9].map((load) => spreadAtLoad(load, spreads));
    for (const [place, wanted] of [0.4, 0.4, 0.5, 0.8, 0.8].entries()) expect(at[place]).toBeCloseTo(wanted, 9);
    expect(spreadAtLoad(0.5, [])).toBe(0);
  });

  it('is none where the tails are no longer than without one, or none was measured', () => {
    const shorter = { ...levelOf(0, 50), milliseconds: [1] };
    expect(spreadsOf([{ model, open: [shorter], instance }])).toMatchObject([{ spread: 0 }]);
    expect(spreadsOf([{ model, open: [], instance }])).toEqual([]);
  });
});
