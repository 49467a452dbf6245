import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { type Prepared, prepareSpeed } from './speed/prepare.ts';
import { type Quality, sameQuality } from './speed/quality.ts';

const wanted = { modelTimes: 3, fileTimes: 2, boundShare: 0.9, f1Points: 0.2 };
const rounds = 3;
const coreCounts = [1, 2] as const;
const script = (name: string): string => path.join(import.meta.dirname, 'speed', name);

const runSchema = z.object({ seconds: z.number(), frames: z.number(), shots: z.number().optional() });
const sides = ['ownModel', 'publishedModel', 'ownFile', 'publishedFile', 'ownDecode'] as const;
type Side = (typeof sides)[number];

/**
 * TransNetV2 as it ships against the published package on torch, on the same cores, in turn: the model alone over the
 * same frames, and a 1080p file from bytes to shots. The last target says how well decoding and inference overlap:
 * c cores that spend d core-seconds to decode a frame and m to judge it can do c / (d + m) frames a second.
 */
export async function measureSpeed(): Promise<Measurement> {
  const prepared = await prepareSpeed();
  const quality = await sameQuality(prepared.python, script('published.py'));
  const rates = new Map<string, number[]>();
  const shots = new Map<Side, number>();
  for (let round = 0; round < rounds; round += 1)
    for (const cores of coreCounts)
      for (const side of sides) {
        const run = await runOf(side, cores, prepared);
        const key = `${side} ${cores}`;
        rates.set(key, [...(rates.get(key) ?? []), run.frames / run.seconds]);
        if (run.shots !== undefined) shots.set(side, run.shots);
        console.log(
          `${side}, ${cores} ${cores === 1 ? 'core' : 'cores'}: ${(run.frames / run.seconds).toFixed(1)} frames/s`,
        );
      }
  const rate = (side: Side, cores: number) => percentile(rates.get(`${side} ${cores}`) ?? [], 0.5);
  return conclusion(rate, quality, {
    archiveSha256: prepared.archiveSha256,
    rates: Object.fromEntries(rates),
    shots: Object.fromEntries(shots),
  });
}

function conclusion(rate: (side: Side, cores: number) => number, quality: Quality, details: object): Measurement {
  const targets: Measurement['targets'] = [];
  const figures: Measurement['figures'] = {};
  for (const cores of coreCounts) {
    const on = `on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
    const model = rate('ownModel', cores) / rate('publishedModel', cores);
    const file = rate('ownFile', cores) / rate('publishedFile', cores);
    // Core-seconds a frame come from one core, where nothing waits for anything.
    const bound = cores / (1 / rate('ownDecode', 1) + 1 / rate('ownModel', 1));
    const share = rate('ownFile', cores) / bound;
    targets.push(
      {
        name: `the model alone ${on} is at least ${wanted.modelTimes} times as fast as the published one`,
        holds: model >= wanted.modelTimes,
        found: `${model.toFixed(2)} (${rate('ownModel', cores).toFixed(0)} to ${rate('publishedModel', cores).toFixed(0)} frames/s)`,
      },
      {
        name: `a 1080p file ${on} is read at least ${wanted.fileTimes} times as fast`,
        holds: file >= wanted.fileTimes,
        found: `${file.toFixed(2)} (${rate('ownFile', cores).toFixed(0)} to ${rate('publishedFile', cores).toFixed(0)} frames/s)`,
      },
      {
        name: `decoding and inference overlap ${on} to at least ${wanted.boundShare} of what both alone allow`,
        holds: share >= wanted.boundShare,
        found: `${share.toFixed(2)} of ${bound.toFixed(0)} frames/s`,
      },
    );
    for (const side of sides) figures[`${side}FramesPerSecond${cores}`] = Number(rate(side, cores).toFixed(1));
  }
  const { own, published, clips } = quality;
  const isWithin = (kind: 'cut' | 'gradual') => own[kind] >= published[kind] - wanted.f1Points / 100;
  targets.push({
    name: `F1 by one rule on the same clips is within ${wanted.f1Points} points of the published package's`,
    holds: isWithin('cut') && isWithin('gradual'),
    found: `${clips} clips: cuts ${own.cut.toFixed(4)} to ${published.cut.toFixed(4)}, gradual ${own.gradual.toFixed(4)} to ${published.gradual.toFixed(4)}`,
  });
  return { targets, figures: { ...figures, ownCutF1: own.cut, publishedCutF1: published.cut }, details };
}

async function runOf(side: Side, cores: number, prepared: Prepared): Promise<z.infer<typeof runSchema>> {
  const { python, archive, modelFile, videoFile, framesFile } = prepared;
  const published = [python, script('published.py'), String(cores)];
  const session = [places.pythonBinary, script('session.py'), archive];
  const ownRun = [process.execPath, script('own-run.ts'), videoFile, modelFile, script('session.py'), archive];
  const commands: Record<Side, string[]> = {
    ownModel: [...session, 'frames', framesFile, modelFile],
    publishedModel: [...published, 'frames', framesFile],
    ownFile: ownRun,
    publishedFile: [...published, 'video', videoFile],
    ownDecode: [...ownRun, 'decode'],
  };
  const { stdout } = await execa('taskset', ['-c', cores === 1 ? '0' : `0-${cores - 1}`, ...commands[side]], {
    cwd: root,
    env: { PYTHONPATH: root, PATH: `${path.dirname(places.ffmpeg)}:${process.env['PATH'] ?? ''}` },
    stderr: 'inherit',
  });
  return runSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}
