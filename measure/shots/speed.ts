import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import { type Prepared, prepareSpeed } from './speed/prepare.ts';
import { type Quality, sameQuality } from './speed/quality.ts';

const wanted = { modelTimes: 3, fileTimes: 2, boundShare: 0.9, f1Points: 0.2 };
const roundCount = 3;
const coreCounts = [1, 2] as const;
const script = (name: string): string => path.join(import.meta.dirname, 'speed', name);

const runSchema = z.object({ seconds: z.number(), frames: z.number(), shots: z.number().optional() });
const sides = ['ownModel', 'publishedModel', 'ownFile', 'publishedFile', 'ownDecode'] as const;
type Side = (typeof sides)[number];
/** All sides in turn on so many cores: what is compared ran within minutes of each other. */
type Round = Record<Side, z.infer<typeof runSchema>>;
type Rounds = Record<(typeof coreCounts)[number], Round[]>;

/**
 * TransNetV2 as it ships against the published package on torch, on the same cores, in turn: the model alone over the
 * same frames, and a 1080p file from bytes to shots. The last target says how well decoding and inference overlap:
 * c cores that spend d core-seconds to decode a frame and m to judge it can do c / (d + m) frames a second.
 */
export async function measureSpeed(machine: QuietMachine): Promise<Measurement> {
  const prepared = await prepareSpeed();
  const rounds = await machine.during(() => runRounds(prepared));
  const quality = await sameQuality(prepared, { own: script('session.py'), published: script('published.py') });
  return conclusion(rounds, quality, { archiveSha256: prepared.archiveSha256, rounds, quality });
}

async function runRounds(prepared: Prepared): Promise<Rounds> {
  const rounds: Rounds = { 1: [], 2: [] };
  for (let number = 0; number < roundCount; number += 1)
    for (const cores of coreCounts) {
      const name = `round ${number + 1} on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
      rounds[cores].push(await runRound(name, cores, prepared));
    }
  return rounds;
}

async function runRound(name: string, cores: number, prepared: Prepared): Promise<Round> {
  const round = {} as Round;
  for (const side of sides) {
    round[side] = await runOf(side, cores, prepared);
    console.log(`${name}, ${side}: ${rateIn(round, side).toFixed(1)} frames/s`);
  }
  return round;
}

const rateIn = (round: Round, side: Side): number => round[side].frames / round[side].seconds;

function conclusion(rounds: Rounds, quality: Quality, details: object): Measurement {
  const targets: Measurement['targets'] = [];
  const figures: Measurement['figures'] = {};
  for (const cores of coreCounts) {
    const on = `on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
    const median = (value: (round: Round, alone: Round) => number) =>
      percentile(
        rounds[cores].map((round, number) => value(round, rounds[1][number] ?? round)),
        0.5,
      );
    const rate = (side: Side) => median((round) => rateIn(round, side));
    const model = median((round) => rateIn(round, 'ownModel') / rateIn(round, 'publishedModel'));
    const file = median((round) => rateIn(round, 'ownFile') / rateIn(round, 'publishedFile'));
    // Core-seconds a frame come from one core, where nothing waits for anything.
    const boundOf = (alone: Round) => cores / (1 / rateIn(alone, 'ownDecode') + 1 / rateIn(alone, 'ownModel'));
    const bound = median((_, alone) => boundOf(alone));
    const share = median((round, alone) => rateIn(round, 'ownFile') / boundOf(alone));
    targets.push(
      {
        name: `the model alone ${on} is at least ${wanted.modelTimes} times as fast as the published one`,
        holds: model >= wanted.modelTimes,
        found: `${model.toFixed(2)} (${rate('ownModel').toFixed(0)} to ${rate('publishedModel').toFixed(0)} frames/s)`,
      },
      {
        name: `a 1080p file ${on} is read at least ${wanted.fileTimes} times as fast`,
        holds: file >= wanted.fileTimes,
        found: `${file.toFixed(2)} (${rate('ownFile').toFixed(0)} to ${rate('publishedFile').toFixed(0)} frames/s)`,
      },
      {
        name: `decoding and inference overlap ${on} to at least ${wanted.boundShare} of what both alone allow`,
        holds: share >= wanted.boundShare,
        found: `${share.toFixed(2)} of ${bound.toFixed(0)} frames/s`,
      },
    );
    for (const side of sides) figures[`${side}FramesPerSecond${cores}`] = Number(rate(side).toFixed(1));
  }
  const { own, published, clips } = quality;
  const versus = (kind: keyof Quality['own']) => `${own[kind].toFixed(4)} to ${published[kind].toFixed(4)}`;
  targets.push({
    name: `F1 by one rule on the same 1080p files is within ${wanted.f1Points} points of the published package's`,
    holds: own.all >= published.all - wanted.f1Points / 100,
    found:
      `${clips} clips: ${versus('all')} (by kind of the truth, where one transition is half a point: ` +
      `cuts ${versus('cut')}, gradual ${versus('gradual')}), ` +
      `probabilities ${quality.meanDifference.toFixed(4)} apart on average`,
  });
  return { targets, figures: { ...figures, ownF1: own.all, publishedF1: published.all }, details };
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
