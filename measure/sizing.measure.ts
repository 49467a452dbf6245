import { cpus } from 'node:os';
import Table from 'cli-table3';
import { type Arrival, poissonArrivals } from '../sizing/load/arrivals.ts';
import { openLoop } from '../sizing/load/drive.ts';
import { realisticRequests } from '../sizing/load/inputs.ts';
import { localEndpoint, type ServedEndpoint } from '../sizing/load/served-endpoint.ts';
import { measureProfile } from '../sizing/profile/measure-profile.ts';
import { type Level, type ServiceModel, serviceModelOf } from '../sizing/profile/profile.ts';
import { type Fleet, outcomeOf } from '../sizing/queueing/outcome.ts';
import { serving } from '../sizing/size.ts';
import { type Measurement, percentile } from './measurement.ts';
import { OthersWork } from './sizing/others-work.ts';

const endpoints = ['embed', 'entities'] as const;
type CheckedEndpoint = (typeof endpoints)[number];
/** Shares of what the endpoint carries at most. */
const loads = [0.3, 0.5, 0.7];
/**
 * A machine's speed drifts within minutes: each round measures a profile and then the loads, and figures are the medians
 * of the rounds' ratios.
 */
const quietRounds = 5;
const mostRounds = 8;
const secondsPerLevel = 3;
const secondsPerLoad = 10;
const warmUpSeconds = 15;
const mostDeviation = 0.15;
/** Of all cores: a round in which other programs worked more is left out. */
const mostOthersWork = 0.05;
/** The simulated figure is the median of so many draws of service times. */
const draws = 21;
/** The local endpoint server lets so many wait. */
const localQueueLimit = 32;

interface Times {
  p50: number;
  p95: number;
  p99: number;
}
interface Compared {
  load: number;
  ratePerSecond: number;
  requests: number;
  refused: number;
  lagP95Milliseconds: number;
  measured: Times;
  simulated: Times;
}
interface Round {
  othersShare: number;
  mostPerSecond: number;
  model: Omit<ServiceModel, 'holdMilliseconds'> & { holdMilliseconds: Times };
  levels: unknown[];
  compared: Compared[];
}

/**
 * The simulator against this machine: endpoints under an open loop of queries, and the same arrivals simulated. Nothing
 * is fitted to the loads: the simulator knows the profile that was measured before them.
 * @param options the endpoints, both where none is named
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const unknown = options.filter((option) => !endpoints.some((endpoint) => endpoint === option));
  if (unknown.length > 0)
    throw new Error(`the measure of sizing has no endpoint "${unknown[0]}"; there is ${endpoints.join(', ')}.`);
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const name of endpoints.filter((one) => options.length === 0 || options.includes(one)))
    add(measurement, name, await roundsOf(name));
  return measurement;
}

async function roundsOf(name: CheckedEndpoint): Promise<Round[]> {
  const endpoint = await localEndpoint(name);
  try {
    const rounds: Round[] = [];
    await openLoop(
      poissonArrivals({ ratePerSecond: 50, seconds: warmUpSeconds, seed: 1 }),
      endpoint.sender(realisticRequests(name, 'queries')),
    );
    while (rounds.filter(isQuiet).length < quietRounds && rounds.length < mostRounds) {
      const round = await measureRound(endpoint, name, rounds.length);
      rounds.push(round);
      console.log(`${name}, round ${rounds.length}, others ${percent(round.othersShare)} of the machine`);
      console.log(tableOf(round.compared));
    }
    return rounds;
  } finally {
    await endpoint.stop();
  }
}

const isQuiet = ({ othersShare }: Round): boolean => othersShare <= mostOthersWork;

async function measureRound(endpoint: ServedEndpoint, name: CheckedEndpoint, number: number): Promise<Round> {
  const requests = realisticRequests(name, 'queries');
  const others = new OthersWork(endpoint);
  const { levels, workers } = await measureProfile(endpoint, requests, { workers: 1, secondsPerLevel });
  const model = serviceModelOf({ levels, workers });
  const mostPerSecond = Math.max(...levels.map((level) => level.requests.length / level.seconds));
  const driven: {
    load: number;
    ratePerSecond: number;
    arrivals: Arrival[];
    sent: Awaited<ReturnType<typeof openLoop>>;
  }[] = [];
  for (const [at, load] of loads.entries()) {
    const ratePerSecond = load * mostPerSecond;
    const arrivals = poissonArrivals({ ratePerSecond, seconds: secondsPerLoad, seed: 1 + number * loads.length + at });
    driven.push({ load, ratePerSecond, arrivals, sent: await openLoop(arrivals, endpoint.sender(requests)) });
  }
  return {
    othersShare: others.share(),
    mostPerSecond,
    model: { ...model, holdMilliseconds: timesOf(model.holdMilliseconds) },
    levels: levels.map(levelDetails),
    compared: driven.map(({ load, ratePerSecond, arrivals, sent }) => ({
      ...{ load, ratePerSecond, requests: sent.length },
      refused: sent.filter(({ isRefused }) => isRefused).length,
      lagP95Milliseconds: percentile(
        sent.map(({ lagMilliseconds }) => lagMilliseconds),
        0.95,
      ),
      measured: timesOf(sent.map(({ milliseconds }) => milliseconds)),
      simulated: simulate(model, arrivals),
    })),
  };
}

const levelDetails = ({ concurrency, pauseMilliseconds, seconds, work, requests }: Level) => ({
  ...{ concurrency, pauseMilliseconds, perSecond: requests.length / seconds, work },
  milliseconds: timesOf(requests.map(({ milliseconds }) => milliseconds)),
});

function add(measurement: Required<Measurement>, name: CheckedEndpoint, rounds: readonly Round[]): void {
  const quiet = rounds.filter(isQuiet);
  const deviations = loads.map((_, at) =>
    median(quiet.map(({ compared }) => ratioOf(compared[at] as Compared, 'p95') - 1)),
  );
  for (const [at, load] of loads.entries()) {
    const all = quiet.map(({ compared }) => compared[at] as Compared);
    const deviation = deviations[at] ?? Number.NaN;
    measurement.targets.push({
      name: `${name} at ${100 * load} % of what it carries: the simulated p95 is within ${100 * mostDeviation} % of the measured one`,
      holds:
        quiet.length >= quietRounds &&
        Math.abs(deviation) <= mostDeviation &&
        all.every(({ refused }) => refused === 0),
      found: `${percent(deviation)} in the median of ${quiet.length} quiet rounds of ${rounds.length} (${all.map((one) => percent(ratioOf(one, 'p95') - 1)).join(', ')})`,
    });
  }
  measurement.figures[`${name}Requests`] = quiet
    .flatMap(({ compared }) => compared)
    .reduce((sum, { requests }) => sum + requests, 0);
  measurement.figures[`${name}MostPerSecond`] = Number(
    median(quiet.map(({ mostPerSecond }) => mostPerSecond)).toFixed(1),
  );
  measurement.figures[`${name}WorstDeviation`] = percent(Math.max(...deviations.map(Math.abs)));
  measurement.details = { ...(measurement.details as object), [name]: rounds };
}

function simulate(model: ServiceModel, arrivals: readonly Arrival[]): Times {
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
    p50: median(outcomes.map(({ p50Milliseconds }) => p50Milliseconds)),
    p95: median(outcomes.map(({ p95Milliseconds }) => p95Milliseconds)),
    p99: median(outcomes.map(({ p99Milliseconds }) => p99Milliseconds)),
  };
}

const median = (values: readonly number[]): number => percentile(values, 0.5);
const ratioOf = ({ simulated, measured }: Compared, at: keyof Times): number => simulated[at] / measured[at];
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const timesOf = (values: readonly number[]): Times => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  p99: percentile(values, 0.99),
});

function tableOf(compared: readonly Compared[]): string {
  const table = new Table({
    head: ['load', 'requests/s', 'sent', 'late p95', 'p50 measured', 'simulated', 'p95 measured', 'simulated'],
    style: { head: [], border: [], compact: true },
  });
  for (const { load, ratePerSecond, requests, lagP95Milliseconds, measured, simulated } of compared)
    table.push([
      percent(load),
      ratePerSecond.toFixed(1),
      requests,
      ...[lagP95Milliseconds, measured.p50, simulated.p50, measured.p95, simulated.p95].map((one) => one.toFixed(2)),
    ]);
  return table.toString();
}
