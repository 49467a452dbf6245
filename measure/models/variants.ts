import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { ArchiveModel } from '../../local/models/archive-process.ts';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { bare, servedPackage, type TextEndpoint, textEndpoints, unpackArchive } from './prepare.ts';
import { qualityOf } from './quality.ts';
import { readQueries } from './queries.ts';

/** A variant that is faster by so much, and as good, should ship instead. */
const wanted = { qualityShare: 0.005, timesFaster: 1.3 };
const shippedFormat = 'onnx';
const formats = [shippedFormat, 'onnx-int8-dynamic', 'onnx-int8-static', 'onnx-fp16'] as const;
type Format = (typeof formats)[number];
const rounds = 3;
const queriesPerRound = 60;

const timedSchema = z.object({ milliseconds: z.array(z.number()), peakMegabytes: z.number() });

interface Variant {
  p50Milliseconds: number;
  p95Milliseconds: number;
  peakMegabytes: number;
  quality: number;
}

/** Each format of the text models without a server, in turn, with the quality that the product asks of it. */
export async function measureVariants(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const endpoint of textEndpoints) {
    const archives = await buildAll(endpoint);
    const variants = await judgeAll(endpoint, archives);
    add(measurement, endpoint, variants);
  }
  return measurement;
}

async function buildAll(endpoint: TextEndpoint): Promise<Map<Format, string>> {
  const { name, version } = servedPackage(endpoint);
  const chosen = ['--only', name, '--formats', formats.join(',')];
  await execa(places.pythonBinary, ['-m', 'wirescope_models', 'package', '--out', places.models, ...chosen], {
    cwd: path.join(root, 'model-packaging'),
    stderr: 'inherit',
  });
  const folder = path.join(places.models, name, version);
  const fileOf = (format: Format): string =>
    path.join(folder, ...(format === shippedFormat ? [] : [format]), 'model.tar.gz');
  return new Map(formats.map((format) => [format, fileOf(format)]));
}

async function judgeAll(endpoint: TextEndpoint, archives: ReadonlyMap<Format, string>): Promise<Map<Format, Variant>> {
  const milliseconds = new Map<Format, number[]>();
  const peaks = new Map<Format, number>();
  const queries = await readQueries(rounds * queriesPerRound);
  for (let round = 0; round < rounds; round += 1)
    for (const [format, archive] of archives) {
      const folder = await unpackArchive(archive);
      const asked = queries.slice(round * queriesPerRound, (round + 1) * queriesPerRound);
      const timed = timedSchema.parse(
        await bare(
          'variant',
          folder,
          asked.map((text) => ({ texts: [text] })),
        ),
      );
      milliseconds.set(format, [...(milliseconds.get(format) ?? []), ...timed.milliseconds]);
      peaks.set(format, Math.max(peaks.get(format) ?? 0, timed.peakMegabytes));
    }
  const variants = new Map<Format, Variant>();
  for (const [format, archive] of archives) {
    const times = milliseconds.get(format) ?? [];
    variants.set(format, {
      p50Milliseconds: Number(percentile(times, 0.5).toFixed(2)),
      p95Milliseconds: Number(percentile(times, 0.95).toFixed(2)),
      peakMegabytes: Math.round(peaks.get(format) ?? Number.NaN),
      quality: Number((await qualityOfArchive(endpoint, archive)).toFixed(4)),
    });
    console.log(`${endpoint} as ${format}: ${JSON.stringify(variants.get(format))}`);
  }
  return variants;
}

async function qualityOfArchive(endpoint: TextEndpoint, archive: string): Promise<number> {
  const model = new ArchiveModel(archive);
  try {
    return await qualityOf(endpoint, (body) => model.invokeJson(body, z.unknown()));
  } finally {
    await model.stop();
  }
}

function add(measurement: Required<Measurement>, endpoint: TextEndpoint, variants: ReadonlyMap<Format, Variant>): void {
  const shipped = variants.get(shippedFormat) as Variant;
  const kept = [...variants].filter(
    ([format, { quality }]) => format !== shippedFormat && quality >= shipped.quality * (1 - wanted.qualityShare),
  );
  const gains = kept.map(([format, { p50Milliseconds }]) => ({
    format,
    times: shipped.p50Milliseconds / p50Milliseconds,
  }));
  const best = gains.toSorted((a, b) => b.times - a.times)[0];
  measurement.targets.push({
    name: `${endpoint}: no other format that keeps ${100 - 100 * wanted.qualityShare} % of the quality is ${wanted.timesFaster} times as fast as what ships`,
    holds: best === undefined || best.times < wanted.timesFaster,
    found: best === undefined ? 'no other format keeps it' : `${best.format} is ${best.times.toFixed(2)} times as fast`,
  });
  for (const [format, { p50Milliseconds, quality }] of variants) {
    const word = format.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    measurement.figures[`${endpoint} ${word} P50Milliseconds`.replaceAll(' ', '_')] = p50Milliseconds;
    measurement.figures[`${endpoint} ${word} Quality`.replaceAll(' ', '_')] = quality;
  }
  measurement.details = { ...(measurement.details as object), [endpoint]: Object.fromEntries(variants) };
}
