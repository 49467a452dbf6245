import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../lambdas/runtime/errors.ts';
import { poissonArrivals } from '../../sizing/load/arrivals.ts';
import { closedLoop, openLoop } from '../../sizing/load/drive.ts';
import { mixes, realisticRequests, responseSchemas, textEndpoints } from '../../sizing/load/inputs.ts';

const planArbitrary = fc.record({
  ratePerSecond: fc.integer({ min: 1, max: 200 }),
  seconds: fc.integer({ min: 1, max: 20 }),
  seed: fc.integer(),
  burst: fc.record({
    factor: fc.integer({ min: 1, max: 5 }),
    seconds: fc.integer({ min: 1, max: 5 }),
    everySeconds: fc.integer({ min: 5, max: 10 }),
  }),
});

describe('arrivals', () => {
  it('come in order, within their time, and the same for the same plan', () => {
    fc.assert(
      fc.property(planArbitrary, (plan) => {
        const arrivals = poissonArrivals(plan);
        expect(poissonArrivals(plan)).toEqual(arrivals);
        for (const [at, { milliseconds }] of arrivals.entries()) {
          expect(milliseconds).toBeGreaterThanOrEqual(arrivals[at - 1]?.milliseconds ?? 0);
          expect(milliseconds).toBeLessThan(plan.seconds * 1000);
        }
      }),
    );
  });

  it('are a Poisson process: gaps have the rate’s mean, and a standard deviation as large', () => {
    const arrivals = poissonArrivals({ ratePerSecond: 50, seconds: 2000, seed: 1 });
    const gaps = arrivals.slice(1).map(({ milliseconds }, at) => milliseconds - (arrivals[at]?.milliseconds ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean / 20).toBeCloseTo(1, 1);
    expect(deviation / mean).toBeCloseTo(1, 1);
  });

  it('come so many times as often in a burst, and as usual outside it', () => {
    const burst = { factor: 3, seconds: 10, everySeconds: 60 };
    const arrivals = poissonArrivals({ ratePerSecond: 20, seconds: 3600, seed: 2, burst });
    const inBursts = arrivals.filter(({ isInBurst }) => isInBurst).length;
    expect(inBursts / 600 / 60).toBeCloseTo(1, 1);
    expect((arrivals.length - inBursts) / 3000 / 20).toBeCloseTo(1, 1);
  });
});

describe('an open loop', () => {
  const every = (milliseconds: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ milliseconds: at * milliseconds, isInBurst: false }));

  it('does not wait for an answer before it sends the next request, and counts a stall in each one’s time', async () => {
    let free = Promise.resolve();
    // One at a time, and the first takes 200 ms: a caller that waited would see one slow answer, not ten.
    const sent = await openLoop(every(10, 10), (at) => {
      free = free.then(() => delay(at === 0 ? 200 : 1)).then(() => undefined);
      return free;
    });
    expect(sent).toHaveLength(10);
    expect(sent.filter(({ milliseconds }) => milliseconds > 90).length).toBe(10);
  });

  it('counts what the endpoint refuses for having too much to do, and goes on', async () => {
    const sent = await openLoop(every(1, 6), async (at) => {
      if (at % 2 === 0) throw new RetryableError('EndpointThrottledError', 'full');
    });
    expect(sent.filter(({ isRefused }) => isRefused)).toHaveLength(3);
  });

  it('ends with any other error', async () => {
    const failing = openLoop(every(1, 6), async () => {
      throw new RetryableError('EndpointUnavailableError', 'gone');
    });
    await expect(failing).rejects.toThrow('gone');
  });
});

describe('a closed loop', () => {
  it('has as many requests under way as it has callers', async () => {
    let [underWay, most] = [0, 0];
    const { answers } = await closedLoop(3, 0.2, async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await delay(5);
      underWay -= 1;
    });
    expect(most).toBe(3);
    expect(answers.length).toBeGreaterThan(10);
  });
});

describe('the requests', () => {
  it.each(textEndpoints.flatMap((endpoint) => mixes.map((mix) => [endpoint, mix] as const)))(
    'for %s are the project’s own %s in their mix of lengths',
    (endpoint, mix) => {
      const requests = realisticRequests(endpoint, mix);
      expect(requests.length).toBeGreaterThan(100);
      expect(new Set(requests.map(({ length }) => length)).size).toBeGreaterThan(20);
      expect(realisticRequests(endpoint, mix)).toEqual(requests);
    },
  );

  it('for shots are whole windows, from one to as many as a request may hold', () => {
    const requests = realisticRequests('shots', 'queries');
    const windows = requests.map(({ body }) => (body as { inputs: { windows: { b64: string }[] } }).inputs.windows);
    expect(windows.map(({ length }) => length)).toEqual([1, 2, 3, 4]);
    expect(Buffer.from(windows[0]?.[0]?.b64 ?? '', 'base64')).toHaveLength(250 * 27 * 48 * 3);
    expect(requests.map(({ length }) => length)).toEqual([200, 400, 600, 800]);
    for (const { body } of requests) expect(JSON.stringify(body).length).toBeLessThan(6 * 1024 * 1024);
    expect(Object.keys(responseSchemas)).toContain('shots');
  });
});
