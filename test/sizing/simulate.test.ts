import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../evaluation/seeded-random.ts';
import { poissonArrivals } from '../../sizing/load/arrivals.ts';
import { fleetPassages, type Job, type Passage, passages, type Server } from '../../sizing/queueing/simulate.ts';
import { erlangC, meanWaitMDc, meanWaitMMc, waitQuantileMMc } from './support/theory.ts';

const plain: Server = {
  workers: 1,
  queueLimit: Number.POSITIVE_INFINITY,
  batchSize: 1,
  maxBatchDelayMilliseconds: 0,
  fixedMilliseconds: 0,
};
const serviceMilliseconds = 10;

/** Waits in service times, of jobs that come at random. */
function waits(servers: number, load: number, draw: (random: () => number) => number, jobs = 400_000): number[] {
  const ratePerSecond = (1000 * servers * load) / serviceMilliseconds;
  const random = seededRandom(7);
  const arrivals = poissonArrivals({ ratePerSecond, seconds: jobs / ratePerSecond, seed: 11 });
  const sent = arrivals.map(({ milliseconds }) => ({
    arrivalMilliseconds: milliseconds,
    serviceMilliseconds: serviceMilliseconds * draw(random),
  }));
  return passages(sent, { ...plain, workers: servers }).map(
    (passage, at) =>
      ((passage?.startMilliseconds ?? Number.NaN) - (sent[at]?.arrivalMilliseconds ?? 0)) / serviceMilliseconds,
  );
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const exponential = (random: () => number): number => -Math.log(1 - random());
const constant = (): number => 1;

describe('the formulas that the simulator is held against', () => {
  it('are those of the tables', () => {
    // Two servers, each busy half of the time: 1/3. One server waits as often as it is busy.
    expect(erlangC(2, 0.5)).toBeCloseTo(1 / 3, 12);
    expect(erlangC(1, 0.8)).toBeCloseTo(0.8, 12);
    // Pollaczek and Khinchine: a constant service halves the wait.
    expect(meanWaitMDc(1, 0.8)).toBeCloseTo(0.8 / (2 * 0.2), 9);
    // Tijms, A First Course in Stochastic Models, 2003: M/D/c over M/M/c is 0.5 only for one server.
    expect(meanWaitMDc(4, 0.8) / meanWaitMMc(4, 0.8)).toBeGreaterThan(0.5);
    expect(meanWaitMDc(4, 0.8) / meanWaitMMc(4, 0.8)).toBeLessThan(0.6);
  });
});

describe('the simulated queue', () => {
  it.each([
    [1, 0.5],
    [1, 0.8],
    [2, 0.7],
    [4, 0.8],
    [8, 0.9],
  ])('waits as M/M/%i does at a load of %f: mean, probability and 95th percentile', (servers, load) => {
    const found = waits(servers, load, exponential).sort((a, b) => a - b);
    expect(mean(found) / meanWaitMMc(servers, load)).toBeGreaterThan(0.93);
    expect(mean(found) / meanWaitMMc(servers, load)).toBeLessThan(1.07);
    expect(found.filter((wait) => wait > 1e-9).length / found.length).toBeCloseTo(erlangC(servers, load), 1);
    const expected = waitQuantileMMc(servers, load, 0.95);
    const quantile = found[Math.ceil(0.95 * found.length) - 1] ?? 0;
    expect(quantile / expected).toBeGreaterThan(0.93);
    expect(quantile / expected).toBeLessThan(1.07);
  });

  it.each([
    [1, 0.5],
    [1, 0.8],
    [2, 0.7],
    [4, 0.8],
    [8, 0.9],
  ])('waits as M/D/%i does at a load of %f, on average', (servers, load) => {
    const ratio = mean(waits(servers, load, constant)) / meanWaitMDc(servers, load);
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.05);
  });

  it('loses requests at a full queue as M/M/1/K does', () => {
    const [load, waitingPlaces] = [0.9, 4];
    const random = seededRandom(3);
    const jobs = poissonArrivals({ ratePerSecond: 90, seconds: 4000, seed: 5 }).map(({ milliseconds }) => ({
      arrivalMilliseconds: milliseconds,
      serviceMilliseconds: 10 * exponential(random),
    }));
    const lost = passages(jobs, { ...plain, queueLimit: waitingPlaces }).filter((one) => one === undefined).length;
    const places = waitingPlaces + 1;
    expect(lost / jobs.length).toBeCloseTo(((1 - load) * load ** places) / (1 - load ** (places + 1)), 2);
  });
});

const jobsArbitrary = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 30 }), service: fc.integer({ min: 1, max: 40 }) }), {
    maxLength: 60,
  })
  .map((rows) => {
    let arrivalMilliseconds = 0;
    return rows.map(({ gap, service }): Job => {
      arrivalMilliseconds += gap;
      return { arrivalMilliseconds, serviceMilliseconds: service };
    });
  });
const serverArbitrary = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  queueLimit: fc.integer({ min: 0, max: 10 }),
  batchSize: fc.integer({ min: 1, max: 4 }),
  maxBatchDelayMilliseconds: fc.integer({ min: 0, max: 25 }),
  fixedMilliseconds: fc.integer({ min: 0, max: 5 }),
});
const sojourn = (jobs: readonly Job[], found: readonly (Passage | undefined)[]): number[] =>
  found.map((passage, at) => (passage?.endMilliseconds ?? Number.NaN) - (jobs[at]?.arrivalMilliseconds ?? 0));

describe('whatever arrives', () => {
  it('each job is either answered once, after it arrived, or refused; nothing is lost', () => {
    fc.assert(
      fc.property(jobsArbitrary, serverArbitrary, (jobs, server) => {
        const found = passages(jobs, server);
        expect(found).toHaveLength(jobs.length);
        for (const [at, passage] of found.entries()) {
          if (passage === undefined) continue;
          expect(passage.startMilliseconds).toBeGreaterThanOrEqual(jobs[at]?.arrivalMilliseconds ?? 0);
          expect(passage.endMilliseconds).toBeGreaterThan(passage.startMilliseconds);
        }
      }),
    );
  });

  it('no more batches are worked on at once than there are workers, and none is larger than allowed', () => {
    fc.assert(
      fc.property(jobsArbitrary, serverArbitrary, (jobs, server) => {
        const batches = new Map<string, { start: number; end: number; jobs: number }>();
        for (const passage of passages(jobs, server)) {
          if (passage === undefined) continue;
          const key = `${passage.startMilliseconds} ${passage.endMilliseconds}`;
          const batch = batches.get(key) ?? { start: passage.startMilliseconds, end: passage.endMilliseconds, jobs: 0 };
          batch.jobs += 1;
          batches.set(key, batch);
        }
        const all = [...batches.values()];
        for (const { start } of all) {
          const running = all.filter((other) => other.start <= start && other.end > start);
          expect(running.length).toBeLessThanOrEqual(server.workers);
        }
        for (const batch of all) expect(batch.jobs).toBeLessThanOrEqual(server.batchSize * server.workers);
      }),
    );
  });

  it('a bounded queue never holds more than its limit', () => {
    fc.assert(
      fc.property(jobsArbitrary, serverArbitrary, (jobs, server) => {
        const found = passages(jobs, { ...server, batchSize: 1 });
        for (const [at, job] of jobs.entries()) {
          if (found[at] === undefined) continue;
          const ahead = found
            .slice(0, at)
            .filter((passage) => passage !== undefined && passage.startMilliseconds > job.arrivalMilliseconds);
          expect(ahead.length).toBeLessThanOrEqual(server.queueLimit);
        }
      }),
    );
  });

  it('no job takes longer with one worker more', () => {
    fc.assert(
      fc.property(jobsArbitrary, fc.integer({ min: 1, max: 4 }), (jobs, workers) => {
        const fewer = sojourn(jobs, passages(jobs, { ...plain, workers }));
        const more = sojourn(jobs, passages(jobs, { ...plain, workers: workers + 1 }));
        for (const [at, time] of more.entries()) expect(time).toBeLessThanOrEqual(fewer[at] ?? 0);
      }),
    );
  });

  it('no job takes less when the same jobs come faster', () => {
    fc.assert(
      fc.property(
        jobsArbitrary,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 5 }),
        (jobs, workers, times) => {
          const faster = jobs.map((job) => ({ ...job, arrivalMilliseconds: job.arrivalMilliseconds / times }));
          const usual = sojourn(jobs, passages(jobs, { ...plain, workers }));
          const pressed = sojourn(faster, passages(faster, { ...plain, workers }));
          for (const [at, time] of pressed.entries()) expect(time).toBeGreaterThanOrEqual((usual[at] ?? 0) - 1e-9);
        },
      ),
    );
  });

  it('a fleet answers and refuses each job once, by exactly one instance', () => {
    fc.assert(
      fc.property(jobsArbitrary, fc.integer({ min: 1, max: 5 }), fc.integer(), (jobs, instances, seed) => {
        const found = fleetPassages(jobs, { instances, server: plain }, seededRandom(seed));
        expect(found.every((passage) => passage !== undefined)).toBe(true);
        expect(found).toHaveLength(jobs.length);
      }),
    );
  });
});

describe('batching as TorchServe does it', () => {
  const jobs = [0, 4, 8, 30].map((arrivalMilliseconds) => ({ arrivalMilliseconds, serviceMilliseconds: 6 }));

  it('waits from the first request until the batch is full', () => {
    const found = passages(jobs, { ...plain, batchSize: 3, maxBatchDelayMilliseconds: 20, fixedMilliseconds: 2 });
    // Full at 8; the fixed 2 ms once, and 4 ms for each.
    expect(found.slice(0, 3)).toEqual(Array(3).fill({ startMilliseconds: 8, endMilliseconds: 22 }));
  });

  it('or until the delay is over', () => {
    const found = passages(jobs, { ...plain, batchSize: 8, maxBatchDelayMilliseconds: 5 });
    expect(found[0]).toEqual({ startMilliseconds: 5, endMilliseconds: 17 });
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual({ startMilliseconds: 22, endMilliseconds: 28 });
  });
});
