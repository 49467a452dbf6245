import { closedLoop } from '../load/drive.ts';
import { cyclic, type ModelRequest } from '../load/inputs.ts';
import type { ProcessorTime } from '../load/processor-time.ts';
import type { ServedEndpoint } from '../load/served-endpoint.ts';
import type { Level, Profile, Work } from './profile.ts';

const warmUpSeconds = 3;
/** Callers for each worker: one alone, then enough that no worker is ever idle. */
const callersPerWorker = [1, 2, 4];

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
  for (const concurrency of new Set([1, ...callersPerWorker.map((callers) => callers * workers)])) {
    const before = endpoint.processorTime?.();
    const { seconds, answers } = await closedLoop(concurrency, secondsPerLevel, send);
    const after = endpoint.processorTime?.();
    levels.push({
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
