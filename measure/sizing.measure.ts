import { cpus } from 'node:os';
import Table from 'cli-table3';
import { type Arrival, poissonArrivals } from '../sizing/load/arrivals.ts';
import { openLoop, type Sent } from '../sizing/load/drive.ts';
import { realisticRequests } from '../sizing/load/inputs.ts';
import { localEndpoint } from '../sizing/load/served-endpoint.ts';
import { measureProfile } from '../sizing/profile/measure-profile.ts';
import { type Profile, type ServiceModel, serviceModelOf } from '../sizing/profile/profile.ts';
import { type Fleet, outcomeOf } from '../sizing/queueing/outcome.ts';
import { serving } from '../sizing/size.ts';
import { type Measurement, percentile } from './measurement.ts';

const endpoints = ['embed', 'entities'] as const;
type CheckedEndpoint = (typeof endpoints)[number];
/** Shares of what the endpoint carries at most. */
const loads = [0.3, 0.5, 0.7];
const secondsPerLevel = 15;
const secondsPerLoad = 60;
const mostDeviation = 0.15;
/** The simulated figure is the median of so many draws of service times. */
const draws = 21;
/** The local endpoint server lets so many wait. */
const localQueueLimit = 32;

interface Compared {
  load: number;
  ratePerSecond: number;
  requests: number;
  refused: number;
  lagP95Milliseconds: number;
  p95Milliseconds: { measured: number; simulated: number };
  p50Milliseconds: { measured: number; simulated: number };
}

/**
 * The simulator against this machine: endpoints under an open loop of queries, and the same arrivals simulated.
 * @param options the endpoints, both where none is named
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const wanted = options.length > 0 ? options : endpoints;
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const name of wanted) {
    const endpoint = endpoints.find((one) => one === name);
    if (endpoint === undefined) throw new Error(`there is no endpoint "${name}"; there is ${endpoints.join(', ')}.`);
    add(measurement, endpoint, await measureEndpoint(endpoint));
  }
  return measurement;
}

interface Found {
  profile: Profile;
  model: ServiceModel;
  most: number;
  compared: Compared[];
}

async function measureEndpoint(name: CheckedEndpoint): Promise<Found> {
  const requests = realisticRequests(name, 'queries');
  const endpoint = await localEndpoint(name);
  try {
    const profile = await measureProfile(endpoint, requests, { workers: 1, secondsPerLevel });
    const model = serviceModelOf(profile);
    const most = Math.max(...profile.levels.map((level) => level.requests.length / level.seconds));
    const compared: Compared[] = [];
    for (const [at, load] of loads.entries()) {
      const arrivals = poissonArrivals({ ratePerSecond: load * most, seconds: secondsPerLoad, seed: at + 1 });
      const sent = await openLoop(arrivals, endpoint.sender(requests));
      compared.push({ load, ratePerSecond: load * most, ...comparedOf(sent, simulate(model, arrivals)) });
    }
    console.log(`${name}\n${tableOf(compared)}`);
    return { profile, model, most, compared };
  } finally {
    await endpoint.stop();
  }
}

function add(measurement: Required<Measurement>, name: CheckedEndpoint, found: Found): void {
  const { profile, model, most, compared } = found;
  measurement.targets.push(
    ...compared.map((one) => ({
      name: `${name} at ${100 * one.load} % of what it carries: the simulated p95 is within ${100 * mostDeviation} % of the measured one`,
      holds: Math.abs(deviation(one)) <= mostDeviation && one.refused === 0,
      found: `${percent(deviation(one))}: ${one.p95Milliseconds.simulated.toFixed(1)} against ${one.p95Milliseconds.measured.toFixed(1)} ms`,
    })),
  );
  measurement.figures[`${name}Requests`] = compared.reduce((sum, one) => sum + one.requests, 0);
  measurement.figures[`${name}MostPerSecond`] = most.toFixed(1);
  measurement.figures[`${name}WorstDeviation`] = percent(Math.max(...compared.map((one) => Math.abs(deviation(one)))));
  measurement.details = {
    ...(measurement.details as object),
    [name]: {
      compared,
      model: { ...model, holdMilliseconds: percentiles(model.holdMilliseconds) },
      levels: profile.levels.map((level) => ({
        concurrency: level.concurrency,
        perSecond: level.requests.length / level.seconds,
        work: level.work,
        milliseconds: percentiles(level.requests.map(({ milliseconds }) => milliseconds)),
      })),
    },
  };
}

function comparedOf(
  sent: readonly Sent[],
  simulated: { p50: number; p95: number },
): Omit<Compared, 'load' | 'ratePerSecond'> {
  const took = percentiles(sent.map(({ milliseconds }) => milliseconds));
  return {
    requests: sent.length,
    refused: sent.filter(({ isRefused }) => isRefused).length,
    lagP95Milliseconds: percentile(
      sent.map(({ lagMilliseconds }) => lagMilliseconds),
      0.95,
    ),
    p95Milliseconds: { measured: took.p95, simulated: simulated.p95 },
    p50Milliseconds: { measured: took.p50, simulated: simulated.p50 },
  };
}

function simulate(model: ServiceModel, arrivals: readonly Arrival[]): { p50: number; p95: number } {
  // Everything on the way shares this machine's cores: whoever sends, the endpoint server, the model server, its worker.
  const fleet: Fleet = {
    instances: 1,
    instance: {
      server: { ...serving, queueLimit: localQueueLimit, workers: 1, fixedMilliseconds: model.fixedMilliseconds },
      cores: cpus().length,
      isOnGpu: false,
      companions: model.companions.map(({ program }) => program),
    },
  };
  const outcomes = Array.from({ length: draws }, (_, seed) => outcomeOf(model, arrivals, fleet, seed));
  return {
    p50: percentile(
      outcomes.map(({ p50Milliseconds }) => p50Milliseconds),
      0.5,
    ),
    p95: percentile(
      outcomes.map(({ p95Milliseconds }) => p95Milliseconds),
      0.5,
    ),
  };
}

const deviation = ({ p95Milliseconds: { measured, simulated } }: Compared): number => simulated / measured - 1;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const percentiles = (values: readonly number[]) => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  p99: percentile(values, 0.99),
});

function tableOf(compared: readonly Compared[]): string {
  const table = new Table({
    head: [
      'load',
      'requests/s',
      'sent',
      'late p95 ms',
      'p50 measured',
      'p50 simulated',
      'p95 measured',
      'p95 simulated',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const one of compared)
    table.push([
      percent(one.load),
      one.ratePerSecond.toFixed(1),
      one.requests,
      one.lagP95Milliseconds.toFixed(2),
      one.p50Milliseconds.measured.toFixed(1),
      one.p50Milliseconds.simulated.toFixed(1),
      one.p95Milliseconds.measured.toFixed(1),
      one.p95Milliseconds.simulated.toFixed(1),
    ]);
  return table.toString();
}
