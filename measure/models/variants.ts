import { z } from 'zod';
import { ArchiveModel } from '../../local/models/archive-process.ts';
import type { Measurement } from '../measurement.ts';
import {
  buildFormats,
  type Format,
  judgeFormats,
  reference,
  summaryOf,
  type Target,
  targets,
  timeFormats,
} from './formats.ts';
import { servedPackage, type TextEndpoint, textEndpoints } from './prepare.ts';
import { type Ask, qualityOf, textsPerRequest } from './quality.ts';
import { readQueries } from './queries.ts';
import { recordVariants, type Variant } from './record.ts';

const qualities: Record<TextEndpoint, string> = {
  embed: 'nDCG@10 of the nearest vectors, evaluation/newsroom',
  entities: 'exact-span F1, evaluation/ner',
};
const rounds = 3;
const queriesPerRound = 60;

const vectorsSchema = z.object({ vectors: z.array(z.array(z.number())) });

/** Each format of `embed` and `entities` without a server, in turn, with the quality that the product asks of it. */
export async function measureVariants(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const endpoint of textEndpoints) {
    const model = servedPackage(endpoint);
    const archives = await buildFormats(model);
    for (const target of await targets()) {
      const variants = await judgeAll(endpoint, archives, target);
      const shippedFormat = model.format ?? reference;
      judgeFormats(measurement, { endpoint, shippedFormat, keepsVectors: endpoint === 'embed', target }, variants);
      const said = { measure: 'npm run measure -- models variants', quality: qualities[endpoint] };
      await recordVariants(model, variants, reference, said, target.processor);
    }
  }
  return measurement;
}

async function judgeAll(
  endpoint: TextEndpoint,
  archives: ReadonlyMap<Format, string>,
  target: Target,
): Promise<Map<Format, Variant>> {
  const queries = await readQueries(rounds * queriesPerRound);
  const timed = await timeFormats(
    archives,
    queries.map((text) => ({ texts: [text] })),
    { rounds, target },
  );
  const vectors = new Map<Format, number[][]>();
  const variants = new Map<Format, Variant>();
  for (const [format, archive] of archives) {
    const model = new ArchiveModel(archive, { python: await target.pythonOf(format) });
    try {
      const ask: Ask = (body) => model.invokeJson(body, z.unknown());
      if (endpoint === 'embed') vectors.set(format, await vectorsOf(ask, queries));
      variants.set(format, {
        ...summaryOf(timed, format),
        quality: Number((await qualityOf(endpoint, ask)).toFixed(4)),
        ...leastCosine(vectors.get(reference), vectors.get(format)),
      });
    } finally {
      await model.stop();
    }
    console.log(`${endpoint} as ${format}, ${target.processor}: ${JSON.stringify(variants.get(format))}`);
  }
  return variants;
}

async function vectorsOf(ask: Ask, queries: readonly string[]): Promise<number[][]> {
  const vectors: number[][] = [];
  for (let at = 0; at < queries.length; at += textsPerRequest)
    vectors.push(...vectorsSchema.parse(await ask({ texts: queries.slice(at, at + textsPerRequest) })).vectors);
  return vectors;
}

/** The vectors have length 1. */
function leastCosine(expected: number[][] | undefined, found: number[][] | undefined): { leastCosine?: number } {
  if (expected === undefined || found === undefined) return {};
  const cosines = found.map((vector, row) =>
    vector.reduce((sum, value, column) => sum + value * (expected[row]?.[column] ?? 0), 0),
  );
  return { leastCosine: Number(Math.min(...cosines).toFixed(4)) };
}
