import { closedLoop } from '../load/drive.ts';
import { cyclic, type ModelRequest } from '../load/inputs.ts';
import type { ProcessorTime } from '../load/processor-time.ts';
import type { ServedEndpoint } from '../load/served-endpoint.ts';
import type { Level, Profile, Work } from './profile.ts';

const warmUpSeconds = 3;
/** Callers for each worker: one alone, then enough that no worker is ever idle. */
const callersPerWorker = [1, 2, 4];
/**
 * Of a lone caller between its requests, where the programs' work is seen: after a pause they take longer. As long as
 * gaps are at loads that an endpoint bears; whoever waits longer is no slower.
 */
const pausesMilliseconds = [5, 15, 50];

/**
 * Service time by length and by concurrency: one caller first, then more, each level for as long.
 * @param workers of the endpoint, all instances together
 */
export async function measureProfile(
  endpoint: ServedEndpoint,
  requests: readonly ModelRequest[],
  { workers, secondsPerLevel }: { workers: number; secondsPerLevel: number },
): Promise<Profile> {
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
  return { levels, workers };
}

const workOf = (before: ProcessorTime, after: ProcessorTime, requests: number): Work => ({
  client: (after.client - before.client) / requests,
  endpointServer: (after.endpointServer - before.endpointServer) / requests,
  modelServer: (after.modelServer - before.modelServer) / requests,
  worker: (after.worker - before.worker) / requests,
});
