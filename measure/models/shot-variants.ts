import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { servedLocally } from '../../setup/model-archives.ts';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { hasVnni } from '../processor.ts';
import { QuietMachine } from '../quiet-machine.ts';
import { plainTransNet } from '../shots/accuracy/detectors.ts';
import { type Detection, match, scoreOf } from '../shots/accuracy/matching.ts';
import { prepareModelAlone } from '../shots/speed/prepare.ts';
import { tensorFlowPython } from './frameworks.ts';
import { cache, unpackArchive } from './prepare.ts';
import { recordVariants, type Variant } from './record.ts';

/** Of the published package's transitions, and how far a frame's probability may be from fp32 ONNX's. */
const wanted = { f1: 0.995 };
const reference = 'onnx';
/** The graphs of the archive that ships, in the product's own Python, and what the one with TensorFlow builds and runs. */
const ofShippedArchive: readonly string[] = [reference, 'onnx-int8'];
const formats = [reference, 'onnx-int8', 'tensorflow', 'tensorflow-xla', 'tflite'] as const;
type Format = (typeof formats)[number];
const rounds = 3;
/** Of the published package's own clip: whole windows of every format. */
const frames = 1200;
/** A window's frames that count; times are given for so many. */
const framesPerTime = 200;
const ratherSure = 0.5;

const timedSchema = z.object({ seconds: z.number(), frames: z.number(), peakMegabytes: z.number() });

/** Each format of the shots model on one thread, in turn, over the same frames, and the transitions that it finds. */
export async function measureShotVariants(): Promise<Measurement> {
  const model = servedLocally().find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('no package serves the shots endpoint locally');
  const { python: published, modelFile, framesFile } = await prepareModelAlone();
  const tensorFlow = await tensorFlowPython();
  const folders = await buildAll(model, tensorFlow);
  const milliseconds = new Map<Format, number[]>();
  const peaks = new Map<Format, number>();
  const machine = new QuietMachine();
  for (let round = 0; round < rounds; round += 1)
    await machine.during(async () => {
      for (const [format, folder] of folders) {
        const python = ofShippedArchive.includes(format) ? places.pythonBinary : tensorFlow;
        const timed = await timeFormat(python, format, folder, modelFile, framesFile);
        const each = (1000 * timed.seconds * framesPerTime) / timed.frames;
        milliseconds.set(format, [...(milliseconds.get(format) ?? []), each]);
        peaks.set(format, Math.max(peaks.get(format) ?? 0, timed.peakMegabytes));
        console.log(
          `shots as ${format}, round ${round + 1} of ${rounds}: ${each.toFixed(0)} ms for ${framesPerTime} frames`,
        );
      }
    });
  const truth = transitionsOf(await readHeads(await publishedAnswers(published, framesFile)));
  const expected = await readHeads(answersOf(reference));
  const variants = new Map<Format, Variant>();
  const largest = new Map<Format, number>();
  for (const format of formats) {
    const found = await readHeads(answersOf(format));
    const times = milliseconds.get(format) ?? [];
    largest.set(format, Math.max(...found.map(({ single }, at) => Math.abs(single - (expected[at]?.single ?? 1)))));
    variants.set(format, {
      p50Milliseconds: Number(percentile(times, 0.5).toFixed(1)),
      p95Milliseconds: Number(Math.max(...times).toFixed(1)),
      peakMegabytes: Math.round(peaks.get(format) ?? Number.NaN),
      quality: Number(f1Of(truth, transitionsOf(found)).toFixed(4)),
    });
  }
  await recordVariants(model, variants, reference, {
    shipped: hasVnni() ? 'onnx-int8' : reference,
    measure: 'npm run measure -- models shot-variants',
    quality: `F1 of the transitions above ${ratherSure} against those of the published package, ${frames} frames of its own clip`,
  });
  return measurementOf(variants, { largest, milliseconds, transitions: truth.length });
}

/** Leaves the format's answers in `answersOf`. */
async function timeFormat(
  python: string,
  format: Format,
  ...files: [folder: string, modelFile: string, framesFile: string]
): Promise<z.infer<typeof timedSchema>> {
  const script = path.join(import.meta.dirname, 'shot_formats.py');
  const { stdout } = await execa('taskset', ['-c', '0', python, script, format, ...files, answersOf(format)], {
    env: { PYTHONPATH: path.join(root, 'model-packaging'), OMP_NUM_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '3' },
    stderr: 'inherit',
  });
  return timedSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

function measurementOf(
  variants: ReadonlyMap<Format, Variant>,
  {
    largest,
    milliseconds,
    transitions,
  }: {
    largest: ReadonlyMap<Format, number>;
    milliseconds: ReadonlyMap<Format, readonly number[]>;
    transitions: number;
  },
): Measurement {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  const shipped = variants.get(reference) as Variant;
  for (const [format, { p50Milliseconds, peakMegabytes, quality }] of variants) {
    const word = format.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    measurement.targets.push({
      name: `shots as ${format}: F1 against the published package's transitions is at least ${wanted.f1}`,
      holds: quality >= wanted.f1,
      found: `${quality} of ${transitions} transitions; ${((1000 * framesPerTime) / p50Milliseconds).toFixed(0)} frames/s, ${(shipped.p50Milliseconds / p50Milliseconds).toFixed(2)} times as fast as ${reference}, ${peakMegabytes} MB; a probability is at most ${(largest.get(format) ?? Number.NaN).toFixed(4)} from that of ${reference}`,
    });
    measurement.figures[`shots_${word}_FramesPerSecond`] = Number(
      ((1000 * framesPerTime) / p50Milliseconds).toFixed(1),
    );
    measurement.figures[`shots_${word}_Quality`] = quality;
  }
  measurement.details = {
    variants: Object.fromEntries(variants),
    milliseconds: Object.fromEntries(milliseconds),
    largestChange: Object.fromEntries(largest),
  };
  return measurement;
}

async function buildAll(model: ModelPackage, tensorFlow: string): Promise<Map<Format, string>> {
  const others = formats.filter((format) => !ofShippedArchive.includes(format));
  const packaging = path.join(root, 'model-packaging');
  const build = (python: string, names: readonly string[]) =>
    execa(
      python,
      [
        ...['-m', 'wirescope_models', 'package', '--out', places.models],
        ...['--only', model.name, '--formats', names.join(',')],
      ],
      { cwd: packaging, stderr: 'inherit' },
    );
  await build(places.pythonBinary, [reference]);
  await build(tensorFlow, others);
  const folder = path.join(places.models, model.name, model.version);
  const folders = new Map<Format, string>();
  // One after the other: two formats lie in one archive, which is unpacked once.
  for (const format of formats)
    folders.set(
      format,
      await unpackArchive(path.join(folder, ...(ofShippedArchive.includes(format) ? [] : [format]), 'model.tar.gz')),
    );
  return folders;
}

const answersOf = (format: Format): string => path.join(cache, `shots-${format}.f32`);

/** Asked once: the package judges some thirty frames a second. */
async function publishedAnswers(python: string, framesFile: string): Promise<string> {
  const file = path.join(path.dirname(framesFile), `${path.basename(framesFile, '.frames')}.published.f32`);
  if (existsSync(file)) return file;
  await mkdir(cache, { recursive: true });
  const scratch = path.join(cache, 'published');
  await mkdir(scratch, { recursive: true });
  await writeFile(path.join(scratch, 'clip.frames'), await readFile(framesFile));
  const script = path.join(import.meta.dirname, '..', 'shots', 'speed', 'published.py');
  await execa(python, [script, '1', 'probabilities', scratch, 'clip'], { stderr: 'inherit' });
  await rename(path.join(scratch, 'clip.f32'), file);
  return file;
}

interface Heads {
  single: number;
  many: number;
}

async function readHeads(file: string): Promise<Heads[]> {
  const bytes = await readFile(file);
  const heads = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (heads.length !== 2 * frames)
    throw new Error(`${file} holds ${heads.length} numbers, not two for each of ${frames} frames`);
  return Array.from({ length: frames }, (_, at) => ({
    single: heads[at] as number,
    many: heads[frames + at] as number,
  }));
}

const transitionsOf = (heads: readonly Heads[]): Detection[] => plainTransNet(heads, ratherSure);

function f1Of(truth: readonly Detection[], found: readonly Detection[]): number {
  const transitions = truth.map(({ firstFrame, lastFrame }) => ({
    ...{ kind: 'cut' as const, variety: 'published', firstFrame, lastFrame },
  }));
  const matching = match({ transitions, traps: [] }, found, { isKindAsked: false });
  const hits = matching.found.filter((one) => one !== undefined).length;
  return scoreOf(truth.length, hits, matching.false.length).f1;
}
