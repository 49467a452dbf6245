import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { ArchiveModel } from '../../local/models/archive-process.ts';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { bare, eagerPython, servedPackage, type TextEndpoint, textEndpoints, unpackArchive } from './prepare.ts';
import { type Ask, qualityOf, textsPerRequest } from './quality.ts';
import { readQueries } from './queries.ts';
import { recordVariants, type Variant } from './record.ts';

/** A format that is faster by so much, and as good, should ship instead, unless its vectors would be another version. */
const wanted = { qualityShare: 0.005, timesFaster: 1.3, sameVersionCosine: 0.9999 };
const reference = 'onnx';
const formats = [reference, 'onnx-int8-dynamic', 'onnx-int8-static', 'onnx-fp16', 'torchscript'] as const;
type Format = (typeof formats)[number];
const qualities: Record<TextEndpoint, string> = {
  embed: 'nDCG@10 of the nearest vectors, evaluation/newsroom',
  entities: 'exact-span F1, evaluation/ner',
};
const rounds = 3;
const queriesPerRound = 60;

const timedSchema = z.object({ milliseconds: z.array(z.number()), peakMegabytes: z.number() });
const vectorsSchema = z.object({ vectors: z.array(z.array(z.number())) });

/** Each format of the text models without a server, in turn, with the quality that the product asks of it. */
export async function measureVariants(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const endpoint of textEndpoints) {
    const model = servedPackage(endpoint);
    const archives = await buildAll(model);
    const variants = await judgeAll(endpoint, archives);
    add(measurement, endpoint, model.format ?? reference, variants);
    await recordVariants(model, variants, reference, {
      measure: 'npm run measure -- models variants',
      quality: qualities[endpoint],
    });
  }
  return measurement;
}

/** The product's own Python leaves PyTorch out. */
const pythonOf = async (format: Format): Promise<string> =>
  format === 'torchscript' ? eagerPython() : places.pythonBinary;

async function buildAll({ name, version, format: shipped = reference }: ModelPackage): Promise<Map<Format, string>> {
  for (const format of formats)
    await execa(
      await pythonOf(format),
      [...['-m', 'wirescope_models', 'package', '--out', places.models], ...['--only', name, '--formats', format]],
      { cwd: path.join(root, 'model-packaging'), stderr: 'inherit' },
    );
  const folder = path.join(places.models, name, version);
  const fileOf = (format: Format): string => path.join(folder, ...(format === shipped ? [] : [format]), 'model.tar.gz');
  return new Map(formats.map((format) => [format, fileOf(format)]));
}

async function judgeAll(endpoint: TextEndpoint, archives: ReadonlyMap<Format, string>): Promise<Map<Format, Variant>> {
  const queries = await readQueries(rounds * queriesPerRound);
  const { milliseconds, peaks } = await timeAll(archives, queries);
  const vectors = new Map<Format, number[][]>();
  const variants = new Map<Format, Variant>();
  for (const [format, archive] of archives) {
    const model = new ArchiveModel(archive, { python: await pythonOf(format) });
    try {
      const ask: Ask = (body) => model.invokeJson(body, z.unknown());
      if (endpoint === 'embed') vectors.set(format, await vectorsOf(ask, queries));
      const times = milliseconds.get(format) ?? [];
      variants.set(format, {
        p50Milliseconds: Number(percentile(times, 0.5).toFixed(2)),
        p95Milliseconds: Number(percentile(times, 0.95).toFixed(2)),
        peakMegabytes: Math.round(peaks.get(format) ?? Number.NaN),
        quality: Number((await qualityOf(endpoint, ask)).toFixed(4)),
        ...leastCosine(vectors.get(reference), vectors.get(format)),
      });
    } finally {
      await model.stop();
    }
    console.log(`${endpoint} as ${format}: ${JSON.stringify(variants.get(format))}`);
  }
  return variants;
}

async function timeAll(archives: ReadonlyMap<Format, string>, queries: readonly string[]) {
  const milliseconds = new Map<Format, number[]>();
  const peaks = new Map<Format, number>();
  for (let round = 0; round < rounds; round += 1)
    for (const [format, archive] of archives) {
      const folder = await unpackArchive(archive);
      const asked = queries.slice(round * queriesPerRound, (round + 1) * queriesPerRound);
      const timed = timedSchema.parse(
        await bare(
          'variant',
          folder,
          asked.map((text) => ({ texts: [text] })),
          await pythonOf(format),
        ),
      );
      milliseconds.set(format, [...(milliseconds.get(format) ?? []), ...timed.milliseconds]);
      peaks.set(format, Math.max(peaks.get(format) ?? 0, timed.peakMegabytes));
    }
  return { milliseconds, peaks };
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

function add(
  measurement: Required<Measurement>,
  endpoint: TextEndpoint,
  shippedFormat: string,
  variants: ReadonlyMap<Format, Variant>,
): void {
  const shipped = variants.get(shippedFormat as Format);
  const fp32 = variants.get(reference);
  if (shipped === undefined || fp32 === undefined) throw new Error(`${endpoint} ships as ${shippedFormat}`);
  const lost = 1 - shipped.quality / fp32.quality;
  measurement.targets.push({
    name: `${endpoint}: what ships, ${shippedFormat}, keeps ${100 - 100 * wanted.qualityShare} % of fp32's quality`,
    holds: lost <= wanted.qualityShare,
    found: `${shipped.quality} to ${fp32.quality}`,
  });
  const others = [...variants].filter(
    ([format, { quality, leastCosine: cosine }]) =>
      format !== shippedFormat &&
      quality >= fp32.quality * (1 - wanted.qualityShare) &&
      // Vectors that lie further apart belong into an index of their own.
      (cosine ?? 1) >= wanted.sameVersionCosine,
  );
  const best = others
    .map(([format, { p50Milliseconds }]) => ({ format, times: shipped.p50Milliseconds / p50Milliseconds }))
    .toSorted((a, b) => b.times - a.times)[0];
  measurement.targets.push({
    name: `${endpoint}: no other format that keeps it${endpoint === 'embed' ? ', and the version of its vectors,' : ''} is ${wanted.timesFaster} times as fast as what ships`,
    holds: best === undefined || best.times < wanted.timesFaster,
    found: best === undefined ? 'no other format does' : `${best.format} is ${best.times.toFixed(2)} times as fast`,
  });
  for (const [format, { p50Milliseconds, quality }] of variants) {
    const word = format.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    measurement.figures[`${endpoint}_${word}_P50Milliseconds`] = p50Milliseconds;
    measurement.figures[`${endpoint}_${word}_Quality`] = quality;
  }
  measurement.details = { ...(measurement.details as object), [endpoint]: Object.fromEntries(variants) };
}
