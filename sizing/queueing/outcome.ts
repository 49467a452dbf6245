import { seededRandom } from '../../evaluation/seeded-random.ts';
import type { Arrival } from '../load/arrivals.ts';
import {
  type Companion,
  loadAt,
  meanHoldMilliseconds,
  type ServiceModel,
  shareAtLoad,
  spreadAtLoad,
} from '../profile/profile.ts';
import { type Journey, journeyEnds, type Machine, type Station } from './machine.ts';
import { fleetPassages, type Job, type Server } from './simulate.ts';

export interface Outcome {
  p50Milliseconds: number;
  /** Of whichever is slower, the whole time or the bursts alone; refused requests count as never answered. */
  p95Milliseconds: number;
  p99Milliseconds: number;
  refusedShare: number;
  /** Of the workers, over the whole time. */
  utilisation: number;
}
/** One instance: its model server with its workers, and the cores that they share. */
export interface Instance {
  server: Server;
  cores: number;
  /** The workers' work is done on a GPU. */
  isOnGpu: boolean;
  /** Which of a request's companions run on the same cores; of the others it meets none. */
  companions: readonly Companion['program'][];
}
export interface Fleet {
  instances: number;
  instance: Instance;
}

/**
 * Tail and load of a fleet that these requests arrive at, each with a service time drawn from the measured ones. The
 * same seed draws the same.
 */
export function outcomeOf(model: ServiceModel, arrivals: readonly Arrival[], fleet: Fleet, seed: number): Outcome {
  const random = seededRandom(seed);
  const jobs = arrivals.map(({ milliseconds }) => ({
    arrivalMilliseconds: milliseconds,
    serviceMilliseconds: drawn(model.holdMilliseconds, random),
  }));
  const ends = fleetEnds(model, jobs, fleet, random);
  const taken = new Float64Array(jobs.length);
  for (const [at, end] of ends.entries())
    taken[at] =
      end === undefined
        ? Number.POSITIVE_INFINITY
        : end - (jobs[at]?.arrivalMilliseconds ?? 0) + model.overheadMilliseconds;
  const inBursts = taken.filter((_, at) => arrivals[at]?.isInBurst);
  const served = jobs.filter((_, at) => ends[at] !== undefined);
  const workMilliseconds = served.reduce((sum, job) => sum + job.serviceMilliseconds, 0);
  const spanMilliseconds = ends.reduce<number>((last, end) => Math.max(last, end ?? 0), 0);
  const sorted = taken.toSorted();
  return {
    p50Milliseconds: quantile(sorted, 0.5),
    p95Milliseconds: Math.max(quantile(sorted, 0.95), quantile(inBursts.toSorted(), 0.95)),
    p99Milliseconds: quantile(sorted, 0.99),
    refusedShare: 1 - served.length / jobs.length,
    utilisation: workMilliseconds / (spanMilliseconds * fleet.instances * fleet.instance.server.workers),
  };
}

/** SageMaker's RANDOM routing gives each request to any instance, whatever waits there. */
function fleetEnds(
  model: ServiceModel,
  jobs: readonly Job[],
  { instances, instance }: Fleet,
  random: () => number,
): (number | undefined)[] {
  // A batch holds its worker as one; what else is on its way is of no weight beside it.
  if (instance.server.batchSize > 1)
    return fleetPassages(jobs, { instances, server: instance.server }, random).map((one) => one?.endMilliseconds);
  const places = Array.from({ length: instances }, (): number[] => []);
  for (let place = 0; place < jobs.length; place++)
    places[instances === 1 ? 0 : Math.floor(random() * instances)]?.push(place);
  const found: (number | undefined)[] = new Array(jobs.length).fill(undefined);
  for (const own of places) {
    const ends = endsOnOne(
      model,
      own.map((place) => jobs[place] as Job),
      instance,
      random,
    );
    for (const [at, place] of own.entries()) found[place] = ends[at];
  }
  return found;
}

function endsOnOne(
  model: ServiceModel,
  jobs: readonly Job[],
  instance: Instance,
  random: () => number,
): (number | undefined)[] {
  const { workers, queueLimit } = instance.server;
  const met = model.companions.filter(({ program }) => instance.companions.includes(program));
  const stations: Station[] = [
    ...met.map(({ shareWhenBusy, sharesWhenIdle }) => ({ ...alone, shareWhenBusy, sharesWhenIdle })),
    {
      ...{ servers: workers, queueLimit, isOffCore: instance.isOnGpu, shareWhenBusy: model.shareWhenBusy },
      sharesWhenIdle: model.sharesWhenIdle,
      turnaroundMilliseconds: model.turnaroundMilliseconds,
    },
  ];
  const there = met.map(({ milliseconds }, station) => ({ station, milliseconds: milliseconds / 2 }));
  const back = there.toReversed();
  const load = loadOf(model, jobs, workers);
  const spread = spreadAtLoad(load, model.spreadsByLoad);
  const journeys = jobs.map(({ arrivalMilliseconds, serviceMilliseconds }) => ({
    arrivalMilliseconds,
    visits: [...there, { station: met.length, milliseconds: serviceMilliseconds }, ...back].map((visit) => ({
      ...visit,
      milliseconds: visit.milliseconds * spreadFactor(spread, random),
    })),
  }));
  const machine = { cores: instance.cores, stations };
  const wanted = [
    ...met.map(({ milliseconds, sharesByLoad }) => times(milliseconds, shareAtLoad(load, sharesByLoad))),
    times(meanHoldMilliseconds(model), shareAtLoad(load, model.sharesByLoad)),
  ];
  return journeyEnds(scaledTo(wanted, journeys, machine), machine).ends;
}

const times = (value: number, share: number | undefined): number | undefined =>
  share === undefined ? undefined : value * share;

/** Of the most that an instance carries. */
function loadOf(model: ServiceModel, jobs: readonly Job[], workers: number): number {
  const spanMilliseconds = (jobs.at(-1)?.arrivalMilliseconds ?? 0) - (jobs[0]?.arrivalMilliseconds ?? 0);
  return spanMilliseconds > 0 ? loadAt(model, (1000 * jobs.length) / spanMilliseconds, workers) : 0;
}

/** Enough for a mean, where more jobs are simulated. */
const settlingJobs = 3000;
const settlingRounds = 2;

/**
 * Visits scaled so that each station works as much for a request, on average, as was measured at such a load: idle times
 * tell which requests cost more, not how much all of them cost.
 */
function scaledTo(
  wanted: readonly (number | undefined)[],
  journeys: readonly Journey[],
  machine: Machine,
): readonly Journey[] {
  if (wanted.every((one) => one === undefined)) return journeys;
  let scaled = journeys;
  const scales = wanted.map(() => 1);
  for (let round = 0; round < settlingRounds; round++) {
    const { ends, workMilliseconds } = journeyEnds(scaled.slice(0, settlingJobs), machine);
    const served = ends.filter((end) => end !== undefined).length;
    for (const [station, work] of workMilliseconds.entries())
      if (work > 0) scales[station] = ((scales[station] ?? 1) * (wanted[station] ?? work / served)) / (work / served);
    scaled = journeys.map(({ arrivalMilliseconds, visits }) => ({
      arrivalMilliseconds,
      visits: visits.map(({ station, milliseconds }) => ({
        station,
        milliseconds: milliseconds * (scales[station] ?? 1),
      })),
    }));
  }
  return scaled;
}

/** Log-normal, of mean 1. */
const spreadFactor = (spread: number, random: () => number): number =>
  spread === 0
    ? 1
    : Math.exp(spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) - spread ** 2 / 2);

const alone = {
  ...{ servers: 1, queueLimit: Number.POSITIVE_INFINITY },
  ...{ isOffCore: false, turnaroundMilliseconds: 0 },
} as const;

const drawn = (values: readonly number[], random: () => number): number =>
  values[Math.floor(random() * values.length)] ?? 0;

/** Of sorted values, the smallest that so large a share of them does not exceed; 0 for none. */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted.length === 0 ? 0 : (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
