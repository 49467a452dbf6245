import { seededRandom } from '../../evaluation/seeded-random.ts';
import type { Arrival } from '../load/arrivals.ts';
import type { ServiceModel } from '../profile/profile.ts';
import { type Fleet, fleetPassages } from './simulate.ts';

export interface Outcome {
  p50Milliseconds: number;
  /** Of whichever is slower, the whole time or the bursts alone; refused requests count as never answered. */
  p95Milliseconds: number;
  p99Milliseconds: number;
  refusedShare: number;
  /** Of the workers, over the whole time. */
  utilisation: number;
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
  const passed = fleetPassages(jobs, fleet, random);
  const times = new Float64Array(jobs.length);
  for (const [at, passage] of passed.entries())
    times[at] =
      passage === undefined
        ? Number.POSITIVE_INFINITY
        : passage.endMilliseconds - (jobs[at]?.arrivalMilliseconds ?? 0) + model.overheadMilliseconds;
  const inBursts = times.filter((_, at) => arrivals[at]?.isInBurst);
  const served = jobs.filter((_, at) => passed[at] !== undefined);
  const workMilliseconds = served.reduce((sum, job) => sum + job.serviceMilliseconds, 0);
  const spanMilliseconds = passed.reduce((last, passage) => Math.max(last, passage?.endMilliseconds ?? 0), 0);
  const sorted = times.toSorted();
  return {
    p50Milliseconds: quantile(sorted, 0.5),
    p95Milliseconds: Math.max(quantile(sorted, 0.95), quantile(inBursts.toSorted(), 0.95)),
    p99Milliseconds: quantile(sorted, 0.99),
    refusedShare: 1 - served.length / jobs.length,
    utilisation: workMilliseconds / (spanMilliseconds * fleet.instances * fleet.server.workers),
  };
}

const drawn = (values: readonly number[], random: () => number): number =>
  values[Math.floor(random() * values.length)] ?? 0;

/** Of sorted values, the smallest that so large a share of them does not exceed; 0 for none. */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted.length === 0 ? 0 : (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
