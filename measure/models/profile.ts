import { z } from 'zod';
import type { Measurement } from '../measurement.ts';
import { bare, servedPackage, textEndpoints, unpackShipped } from './prepare.ts';
import { readQueries } from './queries.ts';

/** Below it time goes where nothing of the model is computed. */
const wanted = { graphShare: 0.7 };
const queryCount = 200;

const profileSchema = z.object({
  millisecondsPerRequest: z.record(z.string(), z.number()),
  operatorShares: z.record(z.string(), z.number()),
  tokensPerRequest: z.number(),
  weightType: z.string(),
  gigaflopsReached: z.number(),
  gigaflopsPeak: z.number(),
  weightMegabytes: z.number(),
  readGigabytesPerSecond: z.number(),
});

/** Where the time of a query goes in each text model, and what the processor's arithmetic and memory leave. */
export async function measureProfile(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  const queries = await readQueries(queryCount);
  for (const endpoint of textEndpoints) {
    const { shipped } = await unpackShipped(servedPackage(endpoint));
    const found = profileSchema.parse(
      await bare(
        'profile',
        shipped,
        queries.map((text) => ({ texts: [text] })),
      ),
    );
    const { millisecondsPerRequest: parts } = found;
    const total = Object.values(parts).reduce((sum, value) => sum + value, 0);
    const share = (parts['graph'] ?? 0) / total;
    // A short query streams all weights through the core once: reading them bounds it, not arithmetic.
    const readMilliseconds = found.weightMegabytes / found.readGigabytesPerSecond;
    measurement.targets.push({
      name: `${endpoint}: at least ${wanted.graphShare} of a query's time is the graph's`,
      holds: share >= wanted.graphShare,
      found: `${share.toFixed(2)} of ${total.toFixed(2)} ms; ${found.gigaflopsReached.toFixed(0)} of ${found.gigaflopsPeak.toFixed(0)} GFLOP/s reached with ${found.weightType} weights; reading those ${found.weightMegabytes.toFixed(1)} MB alone takes ${readMilliseconds.toFixed(2)} ms`,
    });
    measurement.figures[`${endpoint}GigaflopsReached`] = Number(found.gigaflopsReached.toFixed(1));
    measurement.figures[`${endpoint}GigaflopsPeak`] = Number(found.gigaflopsPeak.toFixed(1));
    measurement.figures[`${endpoint}WeightReadMilliseconds`] = Number(readMilliseconds.toFixed(2));
    measurement.details = { ...(measurement.details as object), [endpoint]: found };
    console.log(`${endpoint}: ${JSON.stringify(found)}`);
  }
  return measurement;
}
