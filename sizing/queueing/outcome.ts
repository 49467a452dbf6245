import { seededRandom } from '../../evaluation/seeded-random.ts';
import type { Arrival } from '../load/arrivals.ts';
import type { Companion, ServiceModel } from '../profile/profile.ts';
import { journeyEnds, type Station } from './machine.ts';
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
  const times = new Float64Array(jobs.length);
  for (const [at, end] of ends.entries())
    times[at] =
      end === undefined
        ? Number.POSITIVE_INFINITY
        : end - (jobs[at]?.arrivalMilliseconds ?? 0) + model.overheadMilliseconds;
  const inBursts = times.filter((_, at) => arrivals[at]?.isInBurst);
  const served = jobs.filter((_, at) => ends[at] !== undefined);
  const workMilliseconds = served.reduce((sum, job) => sum + job.serviceMilliseconds, 0);
  const spanMilliseconds = ends.reduce<number>((last, end) => Math.max(last, end ?? 0), 0);
  const sorted = times.toSorted();
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
    );
    for (const [at, place] of own.entries()) found[place] = ends[at];
  }
  return found;
}

function endsOnOne(model: ServiceModel, jobs: readonly Job[], instance: Instance): (number | undefined)[] {
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
  return journeyEnds(
    jobs.map(({ arrivalMilliseconds, serviceMilliseconds }) => ({
      arrivalMilliseconds,
      visits: [...there, { station: met.length, milliseconds: serviceMilliseconds }, ...back],
    })),
    { cores: instance.cores, stations },
  );
}

const alone = {
  ...{ servers: 1, queueLimit: Number.POSITIVE_INFINITY },
  ...{ isOffCore: false, turnaroundMilliseconds: 0 },
} as const;

const drawn = (values: readonly number[], random: () => number): number =>
  values[Math.floor(random() * values.length)] ?? 0;

/** Of sorted values, the smallest that so large a share of them does not exceed; 0 for none. */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted.length === 0 ? 0 : (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
