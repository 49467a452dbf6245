import { closedLoop } from '../load/drive.ts';
import { cyclic, type ModelRequest } from '../load/inputs.ts';
import type { ServedEndpoint } from '../load/served-endpoint.ts';
import type { Level, Profile } from './profile.ts';

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
    const { seconds, answers } = await closedLoop(concurrency, secondsPerLevel, send);
    levels.push({
      concurrency,
      seconds,
      requests: answers.map(({ at, milliseconds }) => ({
        characters: cyclic(requests, at).characters,
        milliseconds,
      })),
    });
  }
  return { levels, workers };
}
