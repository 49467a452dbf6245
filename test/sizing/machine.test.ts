import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../evaluation/seeded-random.ts';
import { poissonArrivals } from '../../sizing/load/arrivals.ts';
import {
  type Journey,
  journeyEnds as journeysEnds,
  type Machine,
  type Station,
} from '../../sizing/queueing/machine.ts';
import { passages } from '../../sizing/queueing/simulate.ts';

const station: Station = {
  ...{ servers: 1, queueLimit: Number.POSITIVE_INFINITY, isOffCore: false },
  ...{ shareWhenBusy: 1, sharesWhenIdle: [], turnaroundMilliseconds: 0 },
};
const journeyEnds = (journeys: readonly Journey[], machine: Machine) => journeysEnds(journeys, machine).ends;
const jobsArbitrary = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 30 }), service: fc.integer({ min: 1, max: 40 }) }), {
    maxLength: 60,
  })
  .map((rows) => {
    let arrivalMilliseconds = 0;
    return rows.map(({ gap, service }) => {
      arrivalMilliseconds += gap;
      return { arrivalMilliseconds, serviceMilliseconds: service };
    });
  });
const journeysOf = (jobs: readonly { arrivalMilliseconds: number; serviceMilliseconds: number }[]): Journey[] =>
  jobs.map(({ arrivalMilliseconds, serviceMilliseconds }) => ({
    arrivalMilliseconds,
    visits: [{ station: 0, milliseconds: serviceMilliseconds }],
  }));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('one program with cores enough', () => {
  it('loses requests at a full queue as M/M/1/K does', () => {
    const [load, waitingPlaces] = [0.9, 4];
    const random = seededRandom(3);
    const journeys = poissonArrivals({ ratePerSecond: 90, seconds: 4000, seed: 5 }).map(({ milliseconds }) => ({
      arrivalMilliseconds: milliseconds,
      visits: [{ station: 0, milliseconds: -Math.log(1 - random()) * 10 }],
    }));
    const ends = journeyEnds(journeys, { cores: 1, stations: [{ ...station, queueLimit: waitingPlaces }] });
    const lost = ends.filter((end) => end === undefined).length;
    const places = waitingPlaces + 1;
    expect(lost / journeys.length).toBeCloseTo(((1 - load) * load ** places) / (1 - load ** (places + 1)), 2);
  });

  it('is that queue to the digit while nothing is refused', () => {
    fc.assert(
      fc.property(jobsArbitrary, fc.integer({ min: 1, max: 4 }), (jobs, workers) => {
        const unbounded = { ...station, servers: workers };
        const ends = journeyEnds(journeysOf(jobs), { cores: workers, stations: [unbounded] });
        const expected = passages(jobs, {
          ...{ workers, queueLimit: Number.POSITIVE_INFINITY, batchSize: 1 },
          ...{ maxBatchDelayMilliseconds: 0, fixedMilliseconds: 0 },
        });
        for (const [at, end] of ends.entries()) expect(end).toBeCloseTo(expected[at]?.endMilliseconds ?? Number.NaN, 6);
      }),
    );
  });
});

describe('programs that share cores', () => {
  it('wait as M/M/1 with processor sharing does: the mean time in it is service over one minus load', () => {
    const random = seededRandom(5);
    const [load, service] = [0.7, 10];
    const jobs = poissonArrivals({ ratePerSecond: (1000 * load) / service, seconds: 4000, seed: 3 });
    const journeys = jobs.map(({ milliseconds }) => ({
      arrivalMilliseconds: milliseconds,
      visits: [{ station: 0, milliseconds: -Math.log(1 - random()) * service }],
    }));
    const ends = journeyEnds(journeys, { cores: 1, stations: [{ ...station, servers: 10_000 }] });
    const times = ends.map((end, at) => (end ?? Number.NaN) - (journeys[at]?.arrivalMilliseconds ?? 0));
    expect(mean(times) / (service / (1 - load))).toBeGreaterThan(0.93);
    expect(mean(times) / (service / (1 - load))).toBeLessThan(1.07);
  });

  it('two on one core take twice as long, on two cores as long as alone, and off the cores neither slows the other', () => {
    const both: Journey[] = [0, 1].map((place) => ({
      arrivalMilliseconds: 0,
      visits: [{ station: place, milliseconds: 10 }],
    }));
    expect(journeyEnds(both, { cores: 1, stations: [station, station] })).toEqual([20, 20]);
    expect(journeyEnds(both, { cores: 2, stations: [station, station] })).toEqual([10, 10]);
    expect(journeyEnds(both, { cores: 1, stations: [station, { ...station, isOffCore: true }] })).toEqual([10, 10]);
  });

  it('work less for a request that comes right after another one, where that was measured', () => {
    const jobs = journeysOf(
      [0, 0, 100].map((arrivalMilliseconds) => ({ arrivalMilliseconds, serviceMilliseconds: 10 })),
    );
    expect(journeyEnds(jobs, { cores: 1, stations: [{ ...station, shareWhenBusy: 0.5 }] })).toEqual([10, 15, 110]);
  });

  it('work more for a request the longer there was none, as far as that was measured', () => {
    const arrivals = [0, 20, 45, 1000];
    const jobs = journeysOf(arrivals.map((arrivalMilliseconds) => ({ arrivalMilliseconds, serviceMilliseconds: 10 })));
    const sharesWhenIdle = [
      { idleMilliseconds: 5, share: 1 },
      { idleMilliseconds: 15, share: 2 },
    ];
    // At first for ever, then 0 ms after the one before, then 15 ms, then for long.
    expect(journeyEnds(jobs, { cores: 1, stations: [{ ...station, sharesWhenIdle }] })).toEqual([20, 30, 65, 1020]);
    const between = journeysOf(
      [0, 30].map((arrivalMilliseconds) => ({ arrivalMilliseconds, serviceMilliseconds: 10 })),
    );
    expect(journeyEnds(between, { cores: 1, stations: [{ ...station, sharesWhenIdle }] })).toEqual([20, 45]);
  });

  it('are as cold on a request’s way back as they were on its way there: a lone caller’s were measured so', () => {
    const visits = [0, 1, 0].map((place) => ({ station: place, milliseconds: 10 }));
    const sharesWhenIdle = [
      { idleMilliseconds: 0, share: 1 },
      { idleMilliseconds: 100, share: 3 },
    ];
    const journeys = [0, 1000].map((arrivalMilliseconds) => ({ arrivalMilliseconds, visits }));
    expect(journeyEnds(journeys, { cores: 1, stations: [{ ...station, sharesWhenIdle }, station] })).toEqual([
      70, 1070,
    ]);
  });

  it('wait for their next request where another program hands it over, and nobody who was answered waits for that', () => {
    const jobs = journeysOf(
      [0, 0, 100].map((arrivalMilliseconds) => ({ arrivalMilliseconds, serviceMilliseconds: 10 })),
    );
    expect(journeyEnds(jobs, { cores: 1, stations: [{ ...station, turnaroundMilliseconds: 5 }] })).toEqual([
      10, 25, 110,
    ]);
  });

  it('let a request through all of its stations, in order, once', () => {
    const visits = [0, 1, 2, 1, 0].map((place) => ({ station: place, milliseconds: 3 }));
    expect(
      journeyEnds([{ arrivalMilliseconds: 5, visits }], { cores: 1, stations: [station, station, station] }),
    ).toEqual([20]);
  });

  it('never end a request before it has had its work, and no work is lost', () => {
    fc.assert(
      fc.property(jobsArbitrary, fc.integer({ min: 1, max: 3 }), (jobs, cores) => {
        const journeys = jobs.map(({ arrivalMilliseconds, serviceMilliseconds }) => ({
          arrivalMilliseconds,
          visits: [0, 1, 0].map((place) => ({ station: place, milliseconds: serviceMilliseconds })),
        }));
        const ends = journeyEnds(journeys, { cores, stations: [station, { ...station, servers: 2 }] });
        for (const [at, job] of jobs.entries())
          expect((ends[at] ?? 0) - job.arrivalMilliseconds).toBeGreaterThanOrEqual(3 * job.serviceMilliseconds - 1e-6);
        const work = jobs.reduce((sum, { serviceMilliseconds }) => sum + 3 * serviceMilliseconds, 0);
        if (jobs.length > 0)
          expect(Math.max(...ends.map((end) => end ?? 0))).toBeGreaterThanOrEqual(work / cores - 1e-6);
      }),
    );
  });

  it('do not get slower with a core more, on average', () => {
    fc.assert(
      fc.property(jobsArbitrary, fc.integer({ min: 1, max: 3 }), (jobs, cores) => {
        const journeys = jobs.map(({ arrivalMilliseconds, serviceMilliseconds }) => ({
          arrivalMilliseconds,
          visits: [{ station: 0, milliseconds: serviceMilliseconds }],
        }));
        const stations = [{ ...station, servers: 4 }];
        const [fewer, more] = [cores, cores + 1].map((count) => journeyEnds(journeys, { cores: count, stations }));
        for (const at of jobs.keys()) expect(more?.[at] ?? 0).toBeLessThanOrEqual((fewer?.[at] ?? 0) + 1e-6);
      }),
    );
  });
});
