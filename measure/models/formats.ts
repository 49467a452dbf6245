import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { canAnswerCpuid, hasVnni, processorName } from '../processor.ts';
import { QuietMachine } from '../quiet-machine.ts';
import { bare, cache, eagerPython, unpackArchive } from './prepare.ts';
import type { Variant } from './record.ts';

/** A format that is faster by so much, and as good, should ship instead, unless its vectors would be another version. */
const wanted = { qualityShare: 0.005, timesFaster: 1.3, sameVersionCosine: 0.9999 };
export const reference = 'onnx';
const formats = [reference, 'onnx-int8-dynamic', 'onnx-int8-static', 'onnx-fp16', 'torchscript'] as const;
export type Format = (typeof formats)[number];

const timedSchema = z.object({ milliseconds: z.array(z.number()), peakMegabytes: z.number() });

/** The product's own Python leaves PyTorch out. */
export const pythonOf = async (format: Format): Promise<string> =>
  format === 'torchscript' ? eagerPython() : places.pythonBinary;

/** What runs a format, and on which processor it then believes to be. */
export interface Target {
  /** In the names of figures; nothing for this processor as it is. */
  suffix: string;
  processor: string;
  pythonOf(format: Format): Promise<string>;
}

export const thisProcessor = (): Target => ({ suffix: '', processor: processorName(), pythonOf });

/**
 * This processor as it is, and, where it has VNNI that can be hidden, as one of AVX2: libraries then choose that one's
 * kernels.
 */
export async function targets(): Promise<Target[]> {
  if (!hasVnni()) return [thisProcessor()];
  if (!canAnswerCpuid()) {
    console.log('This processor cannot hide its VNNI from a program: formats are timed with it alone.');
    return [thisProcessor()];
  }
  const library = await compiled('without_vnni.c');
  return [
    thisProcessor(),
    {
      suffix: 'WithoutVnni',
      processor: `${processorName('AVX2, no VNNI')} (AVX-512 and VNNI hidden)`,
      pythonOf: async (format) => preloading(library, await pythonOf(format)),
    },
  ];
}

async function compiled(source: string): Promise<string> {
  const library = path.join(cache, source.replace(/\.c$/, '.so'));
  await mkdir(cache, { recursive: true });
  await execa('cc', ['-O1', '-shared', '-fPIC', '-o', library, path.join(import.meta.dirname, source)], {
    stderr: 'inherit',
  });
  return library;
}

/** A Python that loads a library before anything else. */
async function preloading(library: string, python: string): Promise<string> {
  const script = path.join(cache, `without-vnni-${path.basename(path.dirname(path.dirname(python)))}`);
  await writeFile(script, `#!/bin/sh\nLD_PRELOAD='${library}' exec '${python}' "$@"\n`, { mode: 0o755 });
  return script;
}

/** Builds a text model's package in every format. @returns each one's archive */
export async function buildFormats({
  name,
  version,
  format: shipped = reference,
}: ModelPackage): Promise<Map<Format, string>> {
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

export interface TimedFormats {
  milliseconds: ReadonlyMap<Format, readonly number[]>;
  peakMegabytes: ReadonlyMap<Format, number>;
}

/** Each format in turn on one thread, without a server: so many rounds over equal parts of the requests. */
export async function timeFormats(
  archives: ReadonlyMap<Format, string>,
  requests: readonly unknown[],
  { rounds, target }: { rounds: number; target: Target },
): Promise<TimedFormats> {
  const milliseconds = new Map<Format, number[]>();
  const peakMegabytes = new Map<Format, number>();
  const perRound = Math.floor(requests.length / rounds);
  const machine = new QuietMachine();
  for (let round = 0; round < rounds; round += 1)
    await machine.during(async () => {
      for (const [format, archive] of archives) {
        const asked = requests.slice(round * perRound, (round + 1) * perRound);
        const timed = timedSchema.parse(
          await bare('variant', await unpackArchive(archive), asked, await target.pythonOf(format)),
        );
        milliseconds.set(format, [...(milliseconds.get(format) ?? []), ...timed.milliseconds]);
        peakMegabytes.set(format, Math.max(peakMegabytes.get(format) ?? 0, timed.peakMegabytes));
      }
    });
  return { milliseconds, peakMegabytes };
}

export function summaryOf({ milliseconds, peakMegabytes }: TimedFormats, format: Format) {
  const times = milliseconds.get(format) ?? [];
  return {
    p50Milliseconds: Number(percentile(times, 0.5).toFixed(2)),
    p95Milliseconds: Number(percentile(times, 0.95).toFixed(2)),
    peakMegabytes: Math.round(peakMegabytes.get(format) ?? Number.NaN),
  };
}

/** Adds to a measurement whether what ships keeps fp32's quality, and is the fastest that does. */
export function judgeFormats(
  measurement: Required<Measurement>,
  {
    endpoint,
    shippedFormat,
    keepsVectors,
    target,
  }: { endpoint: string; shippedFormat: string; keepsVectors: boolean; target: Target },
  variants: ReadonlyMap<Format, Variant>,
): void {
  const shipped = variants.get(shippedFormat as Format);
  const fp32 = variants.get(reference);
  if (shipped === undefined || fp32 === undefined) throw new Error(`${endpoint} ships as ${shippedFormat}`);
  const where = target.suffix === '' ? endpoint : `${endpoint} without VNNI`;
  const lost = 1 - shipped.quality / fp32.quality;
  measurement.targets.push({
    name: `${where}: what ships, ${shippedFormat}, keeps ${100 - 100 * wanted.qualityShare} % of fp32's quality`,
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
    name: `${where}: no other format that keeps it${keepsVectors ? ', and the version of its vectors,' : ''} is ${wanted.timesFaster} times as fast as what ships`,
    holds: best === undefined || best.times < wanted.timesFaster,
    found: best === undefined ? 'no other format does' : `${best.format} is ${best.times.toFixed(2)} times as fast`,
  });
  for (const [format, { p50Milliseconds, quality }] of variants) {
    const word = format.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) + target.suffix;
    measurement.figures[`${endpoint}_${word}_P50Milliseconds`] = p50Milliseconds;
    measurement.figures[`${endpoint}_${word}_Quality`] = quality;
  }
  measurement.details = {
    ...(measurement.details as object),
    [`${endpoint}${target.suffix}`]: Object.fromEntries(variants),
  };
}
