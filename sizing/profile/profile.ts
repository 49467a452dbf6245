/** One answered request: how long its texts are together, and how long its answer took. */
export interface TimedRequest {
  characters: number;
  milliseconds: number;
}
/** So many callers, each of whom sends the next request when the last one is answered. */
export interface Level {
  concurrency: number;
  seconds: number;
  requests: TimedRequest[];
}
/** What was measured of one endpoint, the level of one caller first. */
export interface Profile {
  levels: Level[];
  /** Workers behind the endpoint while it was measured, all instances together. */
  workers: number;
}

/** What a request costs, apart into what occupies a worker and what only takes time. */
export interface ServiceModel {
  /** How long a worker was held, one figure a measured request: drawn from, they keep the distribution as it is. */
  holdMilliseconds: number[];
  /** The part of a hold that does not grow with the text. */
  fixedMilliseconds: number;
  /** HTTP, proxies and the wire: part of the answer's time, no part of a worker's. */
  overheadMilliseconds: number;
  /** By which a hold grows for each 100 characters. */
  millisecondsPer100Characters: number;
}

/** The measured load cannot have been what it should have been. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * A worker's hold by the utilisation law: with enough callers the workers are never idle, so that each request holds
 * one for workers / throughput. What a lone caller waits beyond that is overhead.
 * @throws ProfileError where nothing was measured
 */
export function serviceModelOf({ levels, workers }: Profile): ServiceModel {
  const alone = levels.find(({ concurrency }) => concurrency === 1)?.requests ?? [];
  const throughput = Math.max(...levels.map(({ requests, seconds }) => requests.length / seconds));
  if (alone.length < 2 || !(throughput > 0)) throw new ProfileError('too few requests were answered to size by.');
  const times = alone.map(({ milliseconds }) => milliseconds);
  const meanHold = (1000 * workers) / throughput;
  const overheadMilliseconds = Math.max(0, Math.min(mean(times) - meanHold, Math.min(...times)));
  const holds = times.map((time) => time - overheadMilliseconds);
  const scale = meanHold / mean(holds);
  const line = leastSquares(
    alone.map(({ characters }) => characters),
    holds,
  );
  return {
    holdMilliseconds: holds.map((hold) => hold * scale),
    fixedMilliseconds: scale * Math.min(mean(holds), Math.max(0, line.intercept)),
    overheadMilliseconds,
    millisecondsPer100Characters: 100 * scale * Math.max(0, line.slope),
  };
}

export const meanHoldMilliseconds = ({ holdMilliseconds }: ServiceModel): number => mean(holdMilliseconds);

/** The line of least squares; level where all `x` are equal. */
function leastSquares(x: readonly number[], y: readonly number[]): { intercept: number; slope: number } {
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope =
    spread === 0 ? 0 : x.reduce((sum, value, at) => sum + (value - meanX) * ((y[at] ?? 0) - meanY), 0) / spread;
  return { intercept: meanY - slope * meanX, slope };
}
