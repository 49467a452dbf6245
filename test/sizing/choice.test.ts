import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { prod } from '../../lib/config/prod.ts';
import { environmentSchema } from '../../lib/config/schema.ts';
import { root } from '../../setup/places.ts';
import { paretoFront } from '../../sizing/choice/pareto.ts';
import { patchOf, sizedEnvironments, sizesFile, withEntry } from '../../sizing/choice/sizes-file.ts';
import { calibrated } from '../../sizing/instances/calibrate.ts';
import { instanceTypeNamed, instanceTypes } from '../../sizing/instances/table.ts';
import { type Profile, ProfileError, serviceModelOf } from '../../sizing/profile/profile.ts';
import { entryOf, requestModel, sizeFor } from '../../sizing/size.ts';

const profileOf = (throughput: number, times: readonly { length: number; milliseconds: number }[]): Profile => ({
  workers: 1,
  levels: [
    { concurrency: 1, seconds: 10, requests: [...times] },
    {
      concurrency: 4,
      seconds: 1,
      requests: Array.from({ length: throughput }, () => ({ length: 1, milliseconds: 1 })),
    },
  ],
});
/** 2 ms and 5 ms for each 100 characters hold a worker, 3 ms beside that. */
const linear = Array.from({ length: 101 }, (_, at) => ({ length: 2 * at, milliseconds: 5 + at / 10 }));
const model = serviceModelOf(profileOf(Math.round(1000 / 7), linear));

describe('the front', () => {
  const items = fc.array(fc.record({ cost: fc.integer({ min: 0, max: 20 }), time: fc.integer({ min: 0, max: 20 }) }));
  const beats = (a: { cost: number; time: number }, b: { cost: number; time: number }): boolean =>
    a.cost <= b.cost && a.time <= b.time && (a.cost < b.cost || a.time < b.time);

  it('holds what nothing beats, and something that is as good as whatever it leaves out', () => {
    fc.assert(
      fc.property(items, (all) => {
        const front = paretoFront(
          all,
          ({ cost }) => cost,
          ({ time }) => time,
        );
        for (const one of front) expect(all.some((other) => beats(other, one))).toBe(false);
        for (const one of all)
          expect(front.some((kept) => beats(kept, one) || (kept.cost === one.cost && kept.time === one.time))).toBe(
            true,
          );
      }),
    );
  });

  it('rises in cost and falls in time', () => {
    fc.assert(
      fc.property(items, (all) => {
        const front = paretoFront(
          all,
          ({ cost }) => cost,
          ({ time }) => time,
        );
        for (const [at, one] of front.slice(1).entries()) {
          expect(one.cost).toBeGreaterThan(front[at]?.cost ?? 0);
          expect(one.time).toBeLessThan(front[at]?.time ?? 0);
        }
      }),
    );
  });
});

describe('the service model', () => {
  it('tells what holds a worker from what only takes time', () => {
    expect(model.overheadMilliseconds).toBeCloseTo(3, 1);
    expect(model.fixedMilliseconds).toBeCloseTo(2, 1);
    expect(model.millisecondsPer100).toBeCloseTo(5, 1);
  });

  it('never says that a lone caller’s answer holds the worker for longer than callers side by side wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 2000 }), (throughput) => {
        const { holdMilliseconds, overheadMilliseconds } = serviceModelOf(profileOf(throughput, linear));
        const mean = holdMilliseconds.reduce((sum, hold) => sum + hold, 0) / holdMilliseconds.length;
        expect(mean * Math.max(throughput, linear.length / 10)).toBeCloseTo(1000, 6);
        expect(overheadMilliseconds).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('takes each program’s part from its processor time where that can be seen, and never carries more than was measured', () => {
    const work = { client: 1, endpointServer: 1, modelServer: 1, worker: 3 };
    const requests = Array.from({ length: 100 }, () => ({ length: 20, milliseconds: 6.5 }));
    const seen = serviceModelOf({
      workers: 1,
      levels: [
        { concurrency: 1, seconds: 0.65, requests, work },
        { concurrency: 4, seconds: 0.5, requests, work: { ...work, client: 0.8 } },
      ],
    });
    expect(seen.companions.map(({ program }) => program)).toEqual(['client', 'endpointServer', 'modelServer']);
    expect(seen.companions[0]?.shareWhenBusy).toBeCloseTo(0.8, 9);
    expect(seen.overheadMilliseconds).toBeCloseTo(0.5, 9);
    const hold = seen.holdMilliseconds.reduce((sum, one) => sum + one, 0) / seen.holdMilliseconds.length;
    expect(hold + seen.turnaroundMilliseconds).toBeCloseTo(1000 / 200, 9);
  });

  it('knows by how much longer each program works after a pause, and how long it had nothing to do then', () => {
    const work = { client: 1, endpointServer: 1, modelServer: 1, worker: 3 };
    const cold = { client: 2, endpointServer: 2, modelServer: 2, worker: 4.5 };
    const requests = Array.from({ length: 100 }, () => ({ length: 20, milliseconds: 6.5 }));
    const seen = serviceModelOf({
      workers: 1,
      levels: [
        { concurrency: 1, seconds: 0.65, requests, work },
        { concurrency: 4, seconds: 0.5, requests, work },
        { concurrency: 1, pauseMilliseconds: 50, seconds: 5, requests, work: cold },
      ],
    });
    expect(seen.sharesWhenIdle).toEqual([
      { idleMilliseconds: 3, share: 1 },
      { idleMilliseconds: 56, share: 1.5 },
    ]);
    expect(seen.companions.map(({ sharesWhenIdle }) => sharesWhenIdle.at(-1))).toEqual([
      { idleMilliseconds: 50, share: 2 },
      { idleMilliseconds: 52, share: 2 },
      { idleMilliseconds: 54, share: 2 },
    ]);
    // Pauses say nothing of what a worker carries.
    expect(seen.turnaroundMilliseconds).toBeCloseTo(2, 9);
  });

  it('refuses to be made of nothing', () => {
    expect(() => serviceModelOf(profileOf(100, []))).toThrow(ProfileError);
  });
});

describe('calibration', () => {
  it('scales what grows with the text by the speed of a core, and leaves the rest', () => {
    const type = instanceTypeNamed('ml.c6i.xlarge');
    if (type === undefined) throw new Error('the table lacks it');
    const twice = calibrated(model, { name: 'half as fast', coreGigaflops: type.coreGigaflops.value / 2 }, type);
    expect(twice.holdMilliseconds[0]).toBeCloseTo(model.holdMilliseconds[0] ?? 0, 5);
    expect(twice.holdMilliseconds.at(-1)).toBeCloseTo(2 + ((model.holdMilliseconds.at(-1) ?? 0) - 2) / 2, 1);
    expect(twice.overheadMilliseconds).toBe(model.overheadMilliseconds);
  });

  it('carries a source with every figure of the table', () => {
    for (const { cores, coreGigaflops, dollarsPerHour, gpu } of instanceTypes)
      for (const figure of [cores, coreGigaflops, dollarsPerHour, gpu?.gigaflops]) {
        if (figure) expect(figure.source.length).toBeGreaterThan(5);
        if (figure && figure.ground !== 'unchecked') expect(figure.source).toMatch(/^https:|^github/);
      }
  });
});

const where = { environment: 'prod', endpoint: 'embed' } as const;
const reference = { name: 'a test', coreGigaflops: 100 };

describe('the choice', () => {
  it('meets the target, keeps at least as many instances as before, and runs the environment’s container', () => {
    const { chosen, front } = sizeFor(model, reference, { ratePerSecond: 60, p95Milliseconds: 50 }, where);
    expect(chosen?.p95Milliseconds).toBeLessThanOrEqual(50);
    expect(chosen?.instances).toBeGreaterThanOrEqual(2);
    expect(chosen?.type.gpu).toBeUndefined();
    expect(front).toContain(chosen);
    for (const one of front)
      if (one.isDeployable && one.dollarsPerMonth < (chosen?.dollarsPerMonth ?? 0))
        expect(one.p95Milliseconds > 50 || one.refusedShare > 0.001).toBe(true);
  });

  it('costs no less at a higher rate, with a burst, or for a shorter time', () => {
    const dollars = (demand: Parameters<typeof sizeFor>[2]): number =>
      sizeFor(model, reference, demand, where).chosen?.dollarsPerMonth ?? Number.POSITIVE_INFINITY;
    const usual = dollars({ ratePerSecond: 100, p95Milliseconds: 40 });
    const burst = { factor: 4, seconds: 10, everySeconds: 60 };
    expect(dollars({ ratePerSecond: 600, p95Milliseconds: 40 })).toBeGreaterThan(usual);
    expect(dollars({ ratePerSecond: 100, p95Milliseconds: 40, burst })).toBeGreaterThanOrEqual(usual);
    expect(dollars({ ratePerSecond: 100, p95Milliseconds: 12 })).toBeGreaterThanOrEqual(usual);
  });

  it('is none where nothing meets the target', () => {
    const { chosen, front } = sizeFor(model, reference, { ratePerSecond: 60, p95Milliseconds: 2 }, where);
    expect(chosen).toBeUndefined();
    expect(front.length).toBeGreaterThan(0);
  });

  it('is written as settings that the environment’s schema takes', () => {
    const demand = { ratePerSecond: 60, p95Milliseconds: 50 };
    const { chosen } = sizeFor(model, reference, demand, where);
    if (chosen === undefined) throw new Error('nothing was chosen');
    const entry = entryOf(chosen, model, reference, { demand, ...where, mix: 'queries', on: '2026-11-24' });
    expect(entry.size.invocationsPerInstance).toBeGreaterThan(60);
    const changed = { ...prod, models: { ...prod.models, embed: { ...prod.models.embed, ...entry.size } } };
    expect(environmentSchema.safeParse(changed).error).toBeUndefined();
  });
});

describe('the asynchronous endpoint', () => {
  const shots = { environment: 'prod', endpoint: 'shots' } as const;
  /** 20 ms a frame on the machine that measured. */
  const perFrame = { ...model, fixedMilliseconds: 100, millisecondsPer100: 2000 };
  const chunk = requestModel(perFrame, shots);
  const demand = { ratePerSecond: 0.2, p95Milliseconds: 120_000 };

  it('is asked with chunks, not with the windows that were measured', () => {
    expect(chunk.holdMilliseconds).toEqual([100 + 20 * 4500]);
    expect(requestModel(model, where)).toBe(model);
  });

  it('is sized by a GPU, and a size is written as settings that the environment’s schema takes', () => {
    const { chosen, front } = sizeFor(chunk, reference, demand, shots);
    if (chosen === undefined) throw new Error('nothing was chosen');
    expect(front.every(({ type }) => type.gpu !== undefined)).toBe(true);
    expect(chosen.p95Milliseconds).toBeLessThanOrEqual(demand.p95Milliseconds);
    const { size } = entryOf(chosen, chunk, reference, { demand, ...shots, mix: 'queries', on: '2026-11-24' });
    expect(size).toMatchObject({ requestsAtOnce: 1, maxInstances: chosen.instances });
    const changed = { ...prod, models: { ...prod.models, shots: { ...prod.models.shots, ...size } } };
    expect(environmentSchema.safeParse(changed).error).toBeUndefined();
  });

  it('starts another instance before what waits for one is answered too late', () => {
    const { chosen } = sizeFor(chunk, reference, demand, shots);
    if (chosen === undefined) throw new Error('nothing was chosen');
    const { size } = entryOf(chosen, chunk, reference, { demand, ...shots, mix: 'queries', on: '2026-11-24' });
    const [hold = 0] = calibrated(chunk, reference, chosen.type).holdMilliseconds;
    expect(((size.backlogPerInstance ?? 0) + 1) * hold).toBeLessThanOrEqual(demand.p95Milliseconds);
  });
});

describe('the sizes file', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it.each(sizedEnvironments)('of %s is as a change would write it', (environment) => {
    const text = readFileSync(sizesFile(environment), 'utf8');
    expect(withEntry(text, 'embed', JSON.parse(text).embed)).toBe(text);
  });

  it('is changed by a patch that git applies, in one endpoint only', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wirescope-sizes-'));
    folders.push(folder);
    const file = sizesFile('prod');
    const copy = path.join(folder, path.relative(root, file));
    mkdirSync(path.dirname(copy), { recursive: true });
    cpSync(file, copy);
    const before = readFileSync(file, 'utf8');
    const after = withEntry(before, 'entities', { size: { instanceType: 'ml.c7i.large', minInstances: 3 } });
    execFileSync('git', ['apply', '-'], { cwd: folder, input: patchOf(file, before, after) });
    expect(readFileSync(copy, 'utf8')).toBe(after);
    expect(JSON.parse(after)).toEqual({ ...JSON.parse(before), entities: JSON.parse(after).entities });
    expect(patchOf(file, before, before)).toBe('');
  });
});
