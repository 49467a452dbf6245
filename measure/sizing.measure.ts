import path from 'node:path';
import Table from 'cli-table3';
import { root } from '../setup/places.ts';
import { type Arrival, poissonArrivals } from '../sizing/load/arrivals.ts';
import { closedLoop, openLoop, type Sent } from '../sizing/load/drive.ts';
import { realisticRequests } from '../sizing/load/inputs.ts';
import { localEndpoint, type ServedEndpoint } from '../sizing/load/served-endpoint.ts';
import { measureCallers, measureOpenLoop, openShares } from '../sizing/profile/measure-profile.ts';
import {
  type Level,
  mostPerSecond,
  type OpenLevel,
  type ServiceModel,
  serviceModelOf,
} from '../sizing/profile/profile.ts';
import { outcomeOf } from '../sizing/queueing/outcome.ts';
import { spreadsOf } from '../sizing/queueing/spread.ts';
import { localInstance } from '../sizing/size.ts';
import { type Measurement, median, percentile } from './measurement.ts';
import { measureParts, readParts } from './parts.ts';
import { OthersWork } from './sizing/others-work.ts';
import { atUsualPace, driftOf, onSlowerClock, type Pace, slownessOf } from './sizing/pace.ts';

const endpoints = ['embed', 'entities'] as const;
type CheckedEndpoint = (typeof endpoints)[number];
/** Shares of what the endpoint carries at most; the profile's own open loops run at others. */
const loads = [0.3, 0.5, 0.7];
/**
 * A machine's speed drifts within seconds: loads are short and many, in each round the profile's open loops and the loads
 * take turns, callers tell before and after each of them how fast the machine is, and figures are the medians of the
 * loads' ratios. Near saturation a single load is a third off either way, and a median of five a fifth.
 */
const turns = 3;
const fitLoads = 15;
const mostRounds = 10;
const secondsPerLevel = 3;
const secondsPerPace = 2;
const secondsPerOpenLevel = 5;
const secondsPerLoad = 4;
/** Arrivals of the profile and of the loads have no seed in common. */
const openSeed = 1000;
const warmUpSeconds = 15;
const mostDeviation = 0.15;
/** Of all cores: a load beside which other programs worked more is left out. */
const mostOthersWork = 0.05;
/**
 * By which callers may get more or less through after a load than before it. The simulator is told how fast the machine
 * was, not how it changes: a load during which it did is left out.
 */
const mostDrift = 0.1;
/** The simulated figure is the median of so many draws of service times. */
const draws = 21;
interface Times {
  p50: number;
  p95: number;
  p99: number;
}
interface Compared {
  load: number;
  ratePerSecond: number;
  pace: Pace;
  othersShare: number;
  requests: number;
  refused: number;
  lagP95Milliseconds: number;
  measured: Times;
  simulated: Times;
}
interface Driven {
  load: number;
  ratePerSecond: number;
  arrivals: Arrival[];
  sent: Sent[];
  pace: Pace;
  othersShare: number;
}
/** What was measured in a round. */
interface Round {
  levels: Level[];
  open: { level: OpenLevel; pace: Pace }[];
  driven: Driven[];
}
interface JudgedRound {
  round: Round;
  model: ServiceModel;
  compared: Compared[];
}

/**
 * The simulator against this machine: endpoints under an open loop of queries, and the same arrivals simulated. Nothing
 * is fitted to the loads: the simulator knows the profile that was measured before, between and after them.
 * @param options the endpoints, all where none is named; the figures of the others stay in the file as they were
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const unknown = options.filter((option) => !endpoints.some((endpoint) => endpoint === option));
  if (unknown.length > 0)
    throw new Error(`the measure of sizing has no endpoint "${unknown[0]}"; there is ${endpoints.join(', ')}.`);
  const parts = Object.fromEntries(endpoints.map((name) => [name, async () => judged(name, await roundsOf(name))]));
  const wanted = options.length > 0 ? options : endpoints;
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'sizing.json')));
}

async function roundsOf(name: CheckedEndpoint): Promise<Round[]> {
  const endpoint = await localEndpoint(name);
  try {
    const rounds: Round[] = [];
    await openLoop(
      poissonArrivals({ ratePerSecond: 50, seconds: warmUpSeconds, seed: 1 }),
      endpoint.sender(realisticRequests(name, 'queries')),
    );
    while (!isEnough(rounds) && rounds.length < mostRounds) {
      const round = await measureRound(endpoint, name, rounds.length);
      rounds.push(round);
      console.log(`${name}, round ${rounds.length}: ${round.driven.map(circumstancesOf).join('; ')}`);
    }
    return rounds;
  } finally {
    await endpoint.stop();
  }
}

/** Whether nothing but the load changed how fast answers came. */
const isFit = ({ othersShare, pace }: Pick<Driven, 'othersShare' | 'pace'>): boolean =>
  othersShare <= mostOthersWork && Math.abs(driftOf(pace)) <= mostDrift;
const isEnough = (rounds: readonly Round[]): boolean =>
  loads.every(
    (load) =>
      rounds.flatMap(({ driven }) => driven).filter((one) => one.load === load && isFit(one)).length >= fitLoads,
  );
const circumstancesOf = ({ load, othersShare, pace }: Pick<Driven, 'load' | 'othersShare' | 'pace'>): string =>
  `at ${percent(load)} others ${percent(othersShare)} of the machine, speed ${percent(driftOf(pace))} afterwards`;

async function measureRound(endpoint: ServedEndpoint, name: CheckedEndpoint, number: number): Promise<Round> {
  const requests = realisticRequests(name, 'queries');
  const others = new OthersWork(endpoint);
  const levels = await measureCallers(endpoint, requests, { workers: 1, secondsPerLevel });
  const callers = levels.toSorted((a, b) => mostPerSecond([b]) - mostPerSecond([a]))[0]?.concurrency ?? 1;
  const perSecond = async (): Promise<number> => {
    const { seconds, answers } = await closedLoop(callers, secondsPerPace, endpoint.sender(requests));
    return answers.length / seconds;
  };
  const driven: Driven[] = [];
  const open: Round['open'] = [];
  let now = await perSecond();
  /** Drives something as a share of what callers get through now. */
  async function paced<Found>(share: number, drive: (ratePerSecond: number) => Promise<Found>) {
    const before = now;
    others.share();
    const found = await drive(share * before);
    const othersShare = others.share();
    now = await perSecond();
    return { found, othersShare, pace: { before, after: now } };
  }
  for (const [at, share] of openShares.entries()) {
    const seed = openSeed + number * openShares.length + at;
    const { found: level, pace } = await paced(share, (ratePerSecond) =>
      measureOpenLoop(endpoint, requests, { ratePerSecond, seconds: secondsPerOpenLevel, seed }),
    );
    open.push({ level, pace });
    for (const load of at < turns ? loads : []) {
      const seed = 1 + number * turns * loads.length + driven.length;
      const { found, ...circumstances } = await paced(load, async (ratePerSecond) => {
        const arrivals = poissonArrivals({ ratePerSecond, seconds: secondsPerLoad, seed });
        return { load, ratePerSecond, arrivals, sent: await openLoop(arrivals, endpoint.sender(requests)) };
      });
      driven.push({ ...found, ...circumstances });
    }
  }
  return { levels, open, driven };
}

/** What differs from visit to visit is the same in every round, and found over all of them. */
function judgedRounds(rounds: readonly Round[]): JudgedRound[] {
  const profiles = rounds.map(({ levels, open }) => ({
    levels,
    open: open.map(({ level, pace }) => atUsualPace(level, slownessOf(pace, mostPerSecond(levels)))),
    workers: 1,
  }));
  const models = profiles.map(serviceModelOf);
  const spreadsByLoad = spreadsOf(
    models.map((model, at) => ({ model, open: profiles[at]?.open ?? [], instance: localInstance(model) })),
  );
  return rounds.map((round, at) => {
    const model = { ...(models[at] as ServiceModel), spreadsByLoad };
    const usual = mostPerSecond(round.levels);
    return { round, model, compared: round.driven.map((one) => compare(model, one, slownessOf(one.pace, usual))) };
  });
}

/** Refused requests count as never answered, as they do where they are simulated. */
const compare = (model: ServiceModel, { arrivals, sent, ...one }: Driven, slowness: number): Compared => ({
  ...one,
  requests: sent.length,
  refused: sent.filter(({ isRefused }) => isRefused).length,
  lagP95Milliseconds: percentile(
    sent.map(({ lagMilliseconds }) => lagMilliseconds),
    0.95,
  ),
  measured: timesOf(sent.map(({ milliseconds, isRefused }) => (isRefused ? Number.POSITIVE_INFINITY : milliseconds))),
  simulated: simulate(model, arrivals, slowness),
});

const roundDetails = ({ round, model, compared }: JudgedRound) => ({
  model: { ...model, holdMilliseconds: timesOf(model.holdMilliseconds) },
  levels: round.levels.map(levelDetails),
  open: round.open.map(({ level: { ratePerSecond, work, milliseconds }, pace }) => ({
    ...{ ratePerSecond, pace, work, requests: milliseconds.length },
    milliseconds: timesOf(milliseconds),
  })),
  compared,
});

const levelDetails = ({ concurrency, pauseMilliseconds, seconds, work, requests }: Level) => ({
  ...{ concurrency, pauseMilliseconds, perSecond: requests.length / seconds, work },
  milliseconds: timesOf(requests.map(({ milliseconds }) => milliseconds)),
});

function judged(name: CheckedEndpoint, rounds: readonly Round[]): Measurement {
  const all = judgedRounds(rounds);
  for (const [at, { compared }] of all.entries())
    console.log(`round ${at + 1}, ${compared.map(circumstancesOf).join('; ')}\n${tableOf(compared)}`);
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: { rounds: all.map(roundDetails) } };
  const fit = loads.map((load) =>
    all.flatMap(({ compared }) => compared.filter((one) => one.load === load && isFit(one))),
  );
  const deviations = fit.map((found) => median(found.map((one) => ratioOf(one, 'p95') - 1)));
  for (const [at, load] of loads.entries()) {
    const found = fit[at] ?? [];
    const deviation = deviations[at] ?? Number.NaN;
    const refused = found.reduce((sum, one) => sum + one.refused, 0);
    measurement.targets.push({
      name: `at ${100 * load} % of what it carries: the simulated p95 is within ${100 * mostDeviation} % of the measured one, and no request is refused`,
      holds: found.length >= fitLoads && Math.abs(deviation) <= mostDeviation && refused === 0,
      found: `${percent(deviation)} in the median of ${found.length} quiet and steady loads of ${turns * rounds.length} (${found.map((one) => percent(ratioOf(one, 'p95') - 1)).join(', ')}); ${refused} refused`,
    });
  }
  measurement.figures[`${name}Requests`] = fit.flat().reduce((sum, { requests }) => sum + requests, 0);
  measurement.figures[`${name}MostPerSecond`] = Number(
    median(rounds.map(({ levels }) => mostPerSecond(levels))).toFixed(1),
  );
  measurement.figures[`${name}WorstDeviation`] = percent(Math.max(...deviations.map(Math.abs)));
  return measurement;
}

/** @param slowness of the machine beside the one that the model tells of */
function simulate(model: ServiceModel, arrivals: readonly Arrival[], slowness: number): Times {
  const fleet = { instances: 1, instance: localInstance(model) };
  const usual = onSlowerClock(arrivals, slowness);
  const outcomes = Array.from({ length: draws }, (_, seed) => outcomeOf(model, usual, fleet, seed));
  return {
    p50: slowness * median(outcomes.map(({ p50Milliseconds }) => p50Milliseconds)),
    p95: slowness * median(outcomes.map(({ p95Milliseconds }) => p95Milliseconds)),
    p99: slowness * median(outcomes.map(({ p99Milliseconds }) => p99Milliseconds)),
  };
}

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
