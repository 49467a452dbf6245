import { poissonArrivals } from '../load/arrivals.ts';
import { closedLoop, LoadError, openLoop } from '../load/drive.ts';
import { cyclic, type ModelRequest } from '../load/inputs.ts';
import type { ProcessorTime } from '../load/processor-time.ts';
import type { ServedEndpoint } from '../load/served-endpoint.ts';
import { type Level, mostPerSecond, type OpenLevel, type Profile, type Work } from './profile.ts';

const warmUpSeconds = 3;
/** Callers for each worker: one alone, then enough that no worker is ever idle. */
const callersPerWorker = [1, 2, 4];
/**
 * Of a lone caller between its requests, where the programs' work is seen: after a pause they take longer. As long as
 * gaps are at loads that an endpoint bears; whoever waits longer is no slower.
 */
const pausesMilliseconds = [5, 15, 50];
/** Open loops, as shares of the most that callers got through. */
export const openShares = [0.2, 0.4, 0.6, 0.75] as const;
const openSeed = 20_261_125;

/**
 * Service time by length and by concurrency: one caller first, then more, then, where processes can be seen, requests at
 * random, each level for as long.
 * @param workers of the endpoint, all instances together
 */
export async function measureProfile(
  endpoint: ServedEndpoint,
  requests: readonly ModelRequest[],
  options: { workers: number; secondsPerLevel: number },
): Promise<Profile> {
  const levels = await measureCallers(endpoint, requests, options);
  const open: OpenLevel[] = [];
  for (const [at, share] of (endpoint.processorTime === undefined ? [] : openShares).entries()) {
    const plan = {
      ratePerSecond: share * mostPerSecond(levels),
      seconds: options.secondsPerLevel,
      seed: openSeed + at,
    };
    open.push(await measureOpenLoop(endpoint, requests, plan));
  }
  return { levels, open, workers: options.workers };
}

/** @throws LoadError where the endpoint does not carry the rate, or its processes cannot be seen */
export async function measureOpenLoop(
  endpoint: ServedEndpoint,
  requests: readonly ModelRequest[],
  plan: { ratePerSecond: number; seconds: number; seed: number },
): Promise<OpenLevel> {
  const arrivals = poissonArrivals(plan);
  const before = endpoint.processorTime?.();
  const sent = await openLoop(arrivals, endpoint.sender(requests));
  const after = endpoint.processorTime?.();
  if (before === undefined || after === undefined) throw new LoadError('the endpoint’s processes cannot be seen.');
  return {
    ...{ ratePerSecond: plan.ratePerSecond, arrivals },
    milliseconds: sent.map(({ milliseconds }) => milliseconds),
    work: workOf(before, after, sent.length),
  };
}

/** Callers who wait for each answer: one first, then more, then one who pauses. */
export async function measureCallers(
  endpoint: ServedEndpoint,
  requests: readonly ModelRequest[],
  { workers, secondsPerLevel }: { workers: number; secondsPerLevel: number },
): Promise<Level[]> {
  const send = endpoint.sender(requests);
  await closedLoop(2 * workers, warmUpSeconds, send);
  const levels: Level[] = [];
  const concurrencies = [...new Set([1, ...callersPerWorker.map((callers) => callers * workers)])];
  const pauses = endpoint.processorTime === undefined ? [] : pausesMilliseconds;
  for (const [concurrency, pauseMilliseconds] of [
    ...concurrencies.map((callers) => [callers, 0] as const),
    ...pauses.map((pause) => [1, pause] as const),
  ]) {
    const before = endpoint.processorTime?.();
    const { seconds, answers } = await closedLoop(concurrency, secondsPerLevel, send, pauseMilliseconds);
    const after = endpoint.processorTime?.();
    levels.push({
      pauseMilliseconds,
      ...(before && after ? { work: workOf(before, after, answers.length) } : {}),
      concurrency,
      seconds,
      requests: answers.map(({ at, milliseconds }) => ({
        length: cyclic(requests, at).length,
        milliseconds,
      })),
    });
  }
  return levels;
}

const workOf = (before: ProcessorTime, after: ProcessorTime, requests: number): Work => ({
  client: (after.client - before.client) / requests,
  endpointServer: (after.endpointServer - before.endpointServer) / requests,
  modelServer: (after.modelServer - before.modelServer) / requests,
  worker: (after.worker - before.worker) / requests,
});
