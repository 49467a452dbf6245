import Table from 'cli-table3';
import { type Figure, priceRegion } from '../lib/costs/prices.ts';
import type { Candidate } from './choice/candidates.ts';
import type { Reference } from './instances/calibrate.ts';
import type { InstanceType } from './instances/table.ts';
import { lengthUnits, type SizedEndpoint } from './load/inputs.ts';
import { meanHoldMilliseconds, type Profile, type ServiceModel } from './profile/profile.ts';
import type { Floor } from './size.ts';

const style = { head: [], border: [], compact: true };
const lengthBuckets = [0, 20, 40, 80, 160, 320, 640, 1280, 5120, Number.POSITIVE_INFINITY];

const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
};
const milliseconds = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : 'never';

/** What was measured: answers by concurrency, and a lone caller's by length. */
export function profileTables({ levels, open = [] }: Profile, endpoint: SizedEndpoint): string {
  const byConcurrency = new Table({ head: ['measured: callers', 'requests/s', 'p50 ms', 'p95 ms'], style });
  for (const { concurrency, pauseMilliseconds = 0, seconds, requests } of levels) {
    const times = requests.map((request) => request.milliseconds);
    byConcurrency.push([
      pauseMilliseconds === 0 ? concurrency : `${concurrency}, ${pauseMilliseconds} ms after each answer`,
      (requests.length / seconds).toFixed(1),
      ...[0.5, 0.95].map((share) => milliseconds(quantile(times, share))),
    ]);
  }
  for (const { ratePerSecond, milliseconds: times } of open)
    byConcurrency.push([
      'at random',
      ratePerSecond.toFixed(1),
      ...[0.5, 0.95].map((share) => milliseconds(quantile(times, share))),
    ]);
  const byLength = new Table({ head: [`measured: ${lengthUnits[endpoint]}`, 'requests', 'p50 ms', 'p95 ms'], style });
  const alone = levels.find(({ concurrency }) => concurrency === 1)?.requests ?? [];
  for (const [at, from] of lengthBuckets.slice(0, -1).entries()) {
    const to = lengthBuckets[at + 1] ?? 0;
    const times = alone.filter(({ length }) => length >= from && length < to).map((request) => request.milliseconds);
    if (times.length > 0)
      byLength.push([
        to === Number.POSITIVE_INFINITY ? `from ${from}` : `${from} to ${to}`,
        times.length,
        ...[0.5, 0.95].map((share) => milliseconds(quantile(times, share))),
      ]);
  }
  return `${byConcurrency}\n${byLength}`;
}

export function serviceSentence(model: ServiceModel, reference: Reference, endpoint: SizedEndpoint): string {
  return [
    `Measured on ${reference.name}, ${reference.coreGigaflops.toFixed(0)} GFLOP/s a core: a request holds a worker for`,
    `${milliseconds(meanHoldMilliseconds(model))} ms on average (${milliseconds(model.fixedMilliseconds)} ms and`,
    `${milliseconds(model.millisecondsPer100)} ms for each 100 ${lengthUnits[endpoint]})${besideSentence(model)} and takes`,
    `${milliseconds(model.overheadMilliseconds)} ms beside that.`,
  ].join(' ');
}

const besideSentence = ({ companions }: ServiceModel): string =>
  companions.length === 0
    ? ''
    : `, other programs for ${companions.map(({ program, milliseconds: work }) => `${milliseconds(work)} (${program})`).join(', ')} ms`;

export const chunkSentence =
  'A request is a chunk of a video: its time is modelled from that of windows. Times are those while the instances are up: one that has to be started first adds minutes. Dollars are for instances that stay up; they are taken away while nothing waits.';

/** The front by rising cost; every time in it is modelled. */
export function frontTable(front: readonly Candidate[], chosen: Candidate | undefined): string {
  const table = new Table({
    head: ['', 'modelled: instances', 'workers', '$/month', 'p50 ms', 'p95 ms', 'p99 ms', 'refused', 'busy', ''],
    style,
  });
  for (const one of front)
    table.push([
      one === chosen ? '->' : '',
      `${one.instances} x ${one.type.name}`,
      one.workersPerInstance,
      one.dollarsPerMonth.toFixed(0),
      milliseconds(one.p50Milliseconds),
      milliseconds(one.p95Milliseconds),
      milliseconds(one.p99Milliseconds),
      `${(100 * one.refusedShare).toFixed(2)} %`,
      `${(100 * one.utilisation).toFixed(0)} %`,
      one.isDeployable ? '' : 'needs another image',
    ]);
  return table.toString();
}

const grounds = {
  aws: 'read in what AWS publishes',
  copy: 'read in a dated copy of AWS’s list',
  unchecked: 'unchecked',
} as const;
const figureLine = (said: string, { source, asOf, ground }: Figure): string =>
  `  ${said}: ${[source, ...(asOf === undefined ? [] : [asOf]), grounds[ground]].join('; ')}`;

/** Price, cores and speed of each type, with where the figure is from, as of when, and whether anybody checked it. */
export function sourcesText(types: readonly InstanceType[]): string {
  return [...new Set(types)]
    .toSorted((a, b) => a.dollarsPerHour.value - b.dollarsPerHour.value)
    .flatMap((type) => [
      type.name,
      figureLine(`$${type.dollarsPerHour.value} an hour`, type.dollarsPerHour),
      figureLine(`${type.cores.value} ${type.cores.value === 1 ? 'core' : 'cores'}`, type.cores),
      type.gpu === undefined
        ? figureLine(`${type.coreGigaflops.value.toFixed(0)} GFLOP/s a core`, type.coreGigaflops)
        : figureLine(`${type.gpu.name}, ${type.gpu.gigaflops.value.toFixed(0)} GFLOP/s`, type.gpu.gigaflops),
    ])
    .join('\n');
}

export const priceSentence = `Prices are of ${priceRegion}, on demand: other regions cost more, in much the same order.`;

/** What is paid however little is asked. */
export const floorSentence = ({ type, instances, dollarsPerMonth }: Floor, environment: string): string =>
  instances === 0
    ? `Floor: $0 a month. ${environment} keeps no instance while nothing waits; one that works costs $${type.dollarsPerHour.value} an hour (${type.name}).`
    : `Floor: $${dollarsPerMonth.toFixed(0)} a month for ${instances} x ${type.name}, as many as ${environment} keeps however little is asked.`;
