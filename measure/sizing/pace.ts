import type { Arrival } from '../../sizing/load/arrivals.ts';
import type { OpenLevel } from '../../sizing/profile/profile.ts';

/** What as many callers as get the most through got through, a second, right before and right after something else. */
export interface Pace {
  before: number;
  after: number;
}

/** By how much more they got through afterwards; 0 is as before. */
export const driftOf = ({ before, after }: Pace): number => after / before - 1;

/** How many times as long everything took meanwhile as when the same callers got `perSecond` through. */
export const slownessOf = ({ before, after }: Pace, perSecond: number): number => (2 * perSecond) / (before + after);

/**
 * The same arrivals on a clock that is so many times slower. A machine on which everything takes twice as long is the
 * usual one, seen on a clock that goes half as fast.
 */
export const onSlowerClock = (arrivals: readonly Arrival[], times: number): Arrival[] =>
  arrivals.map(({ milliseconds, ...rest }) => ({ ...rest, milliseconds: milliseconds / times }));

/** An open loop as it would have been had the machine not been so many times slower. */
export const atUsualPace = ({ ratePerSecond, arrivals, milliseconds, work }: OpenLevel, times: number): OpenLevel => ({
  ratePerSecond: ratePerSecond * times,
  arrivals: onSlowerClock(arrivals, times),
  milliseconds: milliseconds.map((one) => one / times),
  work: {
    client: work.client / times,
    endpointServer: work.endpointServer / times,
    modelServer: work.modelServer / times,
    worker: work.worker / times,
  },
});
