import { calibrated, fits, type Reference, workersOf } from '../instances/calibrate.ts';
import { dollarsPerMonth, type InstanceType } from '../instances/table.ts';
import { type Burst, poissonArrivals } from '../load/arrivals.ts';
import { occupationMilliseconds, type ServiceModel } from '../profile/profile.ts';
import { type Fleet, type Instance, type Outcome, outcomeOf } from '../queueing/outcome.ts';

/** What the endpoint is asked to carry. */
export interface Demand {
  ratePerSecond: number;
  p95Milliseconds: number;
  burst?: Burst;
}
/** How its container queues and batches: not a question of the instance. */
export interface Serving {
  queueLimit: number;
  batchSize: number;
  maxBatchDelayMilliseconds: number;
}
export interface Candidate extends Outcome {
  type: InstanceType;
  instances: number;
  workersPerInstance: number;
  dollarsPerMonth: number;
  /** The container that the environment names runs on it: a GPU needs another image. */
  isDeployable: boolean;
}

const simulatedRequests = 20_000;
/** Two bursts and what follows them. */
const leastSecondsWithBursts = 120;
const seed = 2_026_1124;
/** A refused request is retried by its caller, so hardly any may be. */
const mostRefusedShare = 0.001;
/** Where one instance more takes less than this off the tail, nothing waits any more and more cannot help. */
const leastGain = 0.03;

export const meets = ({ p95Milliseconds, refusedShare }: Outcome, demand: Demand): boolean =>
  p95Milliseconds <= demand.p95Milliseconds && refusedShare <= mostRefusedShare;

/** Every type that has the memory, with each count of instances up to where one more buys nothing. */
export function candidates(
  model: ServiceModel,
  reference: Reference,
  demand: Demand,
  options: {
    types: readonly InstanceType[];
    serving: Serving;
    instances: { atLeast: number; atMost: number };
    hasGpuImage: boolean;
    /** Instances take from one queue, as those of an asynchronous endpoint do, instead of each having its own. */
    isOneQueue: boolean;
  },
): Candidate[] {
  return options.types.filter(fits).flatMap((type) => {
    const workersPerInstance = workersOf(type);
    const here = calibrated(model, reference, type);
    const instance = instanceOf(type, here, options.serving);
    const isDeployable = (type.gpu !== undefined) === options.hasGpuImage;
    const first = Math.max(options.instances.atLeast, leastInstances(here, demand, workersPerInstance));
    const found: Candidate[] = [];
    for (let instances = first; instances <= options.instances.atMost; instances++) {
      const outcome = simulated(
        here,
        demand,
        options.isOneQueue ? oneQueue(instances, instance) : { instances, instance },
      );
      const last = found.at(-1);
      found.push({
        ...{ type, instances, workersPerInstance, isDeployable },
        dollarsPerMonth: dollarsPerMonth(type, instances),
        ...outcome,
      });
      if (last !== undefined && outcome.p95Milliseconds > (1 - leastGain) * last.p95Milliseconds) break;
    }
    return found;
  });
}

/** The type as a machine: the container's own process shares the cores with its workers; callers are elsewhere. */
export const instanceOf = (type: InstanceType, model: ServiceModel, serving: Serving): Instance => ({
  server: { ...serving, workers: workersOf(type), fixedMilliseconds: model.fixedMilliseconds },
  cores: type.cores.value,
  isOnGpu: type.gpu !== undefined,
  companions: ['modelServer'],
});

/** As many instances as one machine with the workers and the cores of all, and a queue that nothing is refused at. */
const oneQueue = (instances: number, { server, cores, ...instance }: Instance): Fleet => ({
  instances: 1,
  instance: {
    ...instance,
    server: { ...server, workers: instances * server.workers, queueLimit: Number.POSITIVE_INFINITY },
    cores: instances * cores,
  },
});

/** Fewer could not keep up with the usual rate: their queue would grow for as long as the load lasts. */
const leastInstances = (model: ServiceModel, { ratePerSecond }: Demand, workersPerInstance: number): number =>
  Math.ceil((ratePerSecond * occupationMilliseconds(model)) / 1000 / workersPerInstance);

/** A fleet under the demand, in a simulation long enough for its 99th percentile. */
function simulated(
  model: ServiceModel,
  { ratePerSecond, burst }: Pick<Demand, 'ratePerSecond' | 'burst'>,
  fleet: Fleet,
): Outcome {
  const seconds = Math.max(simulatedRequests / ratePerSecond, burst === undefined ? 0 : leastSecondsWithBursts);
  const arrivals = poissonArrivals({ ratePerSecond, seconds, seed, ...(burst === undefined ? {} : { burst }) });
  return outcomeOf(model, arrivals, fleet, seed + 1);
}

/** Autoscaling adds an instance before the tail suffers: its measure lags by minutes. */
const scaleOutShare = 0.8;

/**
 * Requests a minute that one instance should take before another is started: a share of the most that one of them
 * carries within the target, found by halving.
 */
export function invocationsPerInstance(
  model: ServiceModel,
  demand: Demand,
  { serving, type }: { serving: Serving; type: InstanceType },
): number {
  const instance = instanceOf(type, model, serving);
  let [carried, tooMuch] = [0, (1000 * instance.server.workers) / occupationMilliseconds(model)];
  for (let halving = 0; halving < 8; halving++) {
    const rate = (carried + tooMuch) / 2;
    const outcome = simulated(model, { ratePerSecond: rate }, { instances: 1, instance });
    if (meets(outcome, demand)) carried = rate;
    else tooMuch = rate;
  }
  return Math.floor(60 * scaleOutShare * carried);
}
