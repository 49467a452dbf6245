import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { modelArchiveFile, servedLocally } from '../../setup/model-archives.ts';
import { places, root } from '../../setup/places.ts';
import { realisticRequests, type SizedEndpoint, sizedEndpoints } from '../../sizing/load/inputs.ts';
import type { Measurement } from '../measurement.ts';
import { bare, cache, servedPackage, unpackArchive, unpackShipped } from './prepare.ts';
import { readQueries } from './queries.ts';

/** Below it time goes where nothing of the model is computed. */
const wanted = { graphShare: 0.7 };
const queryCount = 200;
/** Each with as many documents as search reranks. */
const rerankCount = 20;

const profileSchema = z.object({
  millisecondsPerRequest: z.record(z.string(), z.number()),
  operatorShares: z.record(z.string(), z.number()),
  tokensPerRequest: z.number().optional(),
  weightType: z.string(),
  gigaflopsReached: z.number(),
  gigaflopsPeak: z.number(),
  weightMegabytes: z.number().optional(),
  readGigabytesPerSecond: z.number().optional(),
});
type Profile = z.infer<typeof profileSchema>;

const unitOf: Record<SizedEndpoint, string> = {
  embed: 'a query',
  entities: 'a query',
  rerank: 'a query with its documents',
  shots: 'a window',
};

/** Where the time of a request goes in each model, and what the processor's arithmetic and memory leave. */
export async function measureProfile(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const endpoint of sizedEndpoints) {
    const found = endpoint === 'shots' ? await profileShots() : await profileText(endpoint);
    const { millisecondsPerRequest: parts } = found;
    const total = Object.values(parts).reduce((sum, value) => sum + value, 0);
    const share = (parts['graph'] ?? 0) / total;
    measurement.targets.push({
      name: `${endpoint}: at least ${wanted.graphShare} of ${unitOf[endpoint]}'s time is the graph's`,
      holds: share >= wanted.graphShare,
      found: `${share.toFixed(2)} of ${total.toFixed(2)} ms; ${found.gigaflopsReached.toFixed(0)} of ${found.gigaflopsPeak.toFixed(0)} GFLOP/s reached with ${found.weightType} weights${weightsRead(found)}`,
    });
    measurement.figures[`${endpoint}GigaflopsReached`] = Number(found.gigaflopsReached.toFixed(1));
    measurement.figures[`${endpoint}GigaflopsPeak`] = Number(found.gigaflopsPeak.toFixed(1));
    measurement.details = { ...(measurement.details as object), [endpoint]: found };
    console.log(`${endpoint}: ${JSON.stringify(found)}`);
  }
  return measurement;
}

/** A short query streams all weights through the core once: reading them bounds it, not arithmetic. */
function weightsRead({ weightMegabytes, readGigabytesPerSecond }: Profile): string {
  if (weightMegabytes === undefined || readGigabytesPerSecond === undefined) return '';
  const milliseconds = weightMegabytes / readGigabytesPerSecond;
  return `; reading those ${weightMegabytes.toFixed(1)} MB alone takes ${milliseconds.toFixed(2)} ms`;
}

async function profileText(endpoint: Exclude<SizedEndpoint, 'shots'>): Promise<Profile> {
  const { shipped } = await unpackShipped(servedPackage(endpoint));
  const requests =
    endpoint === 'rerank'
      ? realisticRequests(endpoint, 'queries')
          .slice(0, rerankCount)
          .map(({ body }) => body)
      : (await readQueries(queryCount)).map((text) => ({ texts: [text] }));
  return profileSchema.parse(await bare('profile', shipped, requests));
}

async function profileShots(): Promise<Profile> {
  const model = servedLocally().find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('no package serves the shots endpoint locally');
  const folder = await unpackArchive(modelArchiveFile(model));
  const request = path.join(cache, 'request-profile-shots.json');
  await writeFile(request, JSON.stringify(realisticRequests('shots', 'queries')[0]?.body));
  const script = path.join(import.meta.dirname, 'profile_shots.py');
  const { stdout } = await execa(places.pythonBinary, [script, folder, request], {
    env: { PYTHONPATH: [root, path.join(root, 'model-packaging')].join(path.delimiter), OMP_NUM_THREADS: '1' },
    stderr: 'inherit',
  });
  return profileSchema.parse(JSON.parse(stdout));
}
