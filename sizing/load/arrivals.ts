import { seededRandom } from '../../evaluation/seeded-random.ts';

/** So many times the usual rate for some seconds, again and again. */
export interface Burst {
  factor: number;
  seconds: number;
  everySeconds: number;
}
export interface ArrivalPlan {
  ratePerSecond: number;
  seconds: number;
  seed: number;
  burst?: Burst;
}
export interface Arrival {
  milliseconds: number;
  isInBurst: boolean;
}

/**
 * Instants at which requests are sent whether or not earlier ones have been answered: a Poisson process, of a higher
 * rate within bursts, by thinning (Lewis and Shedler, 1979). The same plan gives the same instants.
 */
export function poissonArrivals({ ratePerSecond, seconds, seed, burst }: ArrivalPlan): Arrival[] {
  const random = seededRandom(seed);
  const factor = burst?.factor ?? 1;
  const peakPerMillisecond = (ratePerSecond * Math.max(1, factor)) / 1000;
  const arrivals: Arrival[] = [];
  let milliseconds = 0;
  for (;;) {
    milliseconds -= Math.log(1 - random()) / peakPerMillisecond;
    if (milliseconds >= seconds * 1000) return arrivals;
    const isInBurst = burst !== undefined && isBurstAt(milliseconds / 1000, burst);
    const share = (isInBurst ? factor : 1) / Math.max(1, factor);
    if (random() < share) arrivals.push({ milliseconds, isInBurst });
  }
}

/** Bursts end their period, so that each begins at a system that runs as usual. */
const isBurstAt = (second: number, { seconds, everySeconds }: Burst): boolean =>
  second % everySeconds >= everySeconds - seconds;
