import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import { type Prepared, prepareSpeed } from './speed/prepare.ts';

const wanted = { modelTimes: 3, fileTimes: 2, boundShare: 0.9 };
const roundCount = 3;
const coreCounts = [1, 2] as const;
type Cores = (typeof coreCounts)[number];
const script = (name: string): string => path.join(import.meta.dirname, 'speed', name);

const runSchema = z.object({ seconds: z.number(), frames: z.number(), shots: z.number().optional() });
type Run = z.infer<typeof runSchema>;
const ownSides = ['ownModel', 'ownDecode', 'ownFile'] as const;
const publishedSides = ['publishedModel', 'publishedFile'] as const;
type OwnSide = (typeof ownSides)[number];
type PublishedSide = (typeof publishedSides)[number];
type Side = OwnSide | PublishedSide;
type Runs<Each extends Side> = Record<Cores, Record<Each, Run>>;

/** Ours, the published package's, ours again: a machine that grows slower meanwhile does so for both. */
interface Round {
  before: Runs<OwnSide>;
  published: Runs<PublishedSide>;
  after: Runs<OwnSide>;
}

/**
 * TransNetV2 as it ships against the published package on torch, on the same cores, in turn: the model alone over the
 * same frames, and a 1080p file from bytes to shots. The last target says how well decoding and inference overlap: cores
 * that decode d frames a second while they do nothing else, and judge m, can do 1 / (1 / d + 1 / m). Both alone are
 * measured on the same cores, since two of them are not twice one: they share caches and memory, however work is laid.
 */
export async function measureSpeed(machine: QuietMachine): Promise<Measurement> {
  const prepared = await prepareSpeed();
  const rounds: Round[] = [];
  while (rounds.length < roundCount)
    rounds.push(await machine.during(() => runRound(`round ${rounds.length + 1}`, prepared)));
  return conclusion(rounds, { archiveSha256: prepared.archiveSha256, rounds });
}

async function runRound(name: string, prepared: Prepared): Promise<Round> {
  const before = await runsOf(name, ownSides, prepared);
  const published = await runsOf(name, publishedSides, prepared);
  return { before, published, after: await runsOf(name, ownSides, prepared) };
}

/** Side by side what is compared: each side on one core and on two, one after the other. */
async function runsOf<Each extends Side>(
  name: string,
  sides: readonly Each[],
  prepared: Prepared,
): Promise<Runs<Each>> {
  const runs = { 1: {}, 2: {} } as Runs<Each>;
  for (const side of sides)
    for (const cores of coreCounts) {
      runs[cores][side] = await runOf(side, cores, prepared);
      console.log(`${name}, ${side} ${coresInWords(cores)}: ${rateOf(runs[cores][side]).toFixed(1)} frames/s`);
    }
  return runs;
}

const coresInWords = (cores: Cores): string => `on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
const rateOf = ({ frames, seconds }: Run): number => frames / seconds;
const median = (values: readonly number[]): number => percentile(values, 0.5);

function conclusion(rounds: readonly Round[], details: object): Measurement {
  const targets: Measurement['targets'] = [];
  const figures: Measurement['figures'] = {};
  const ownRuns = rounds.flatMap(({ before, after }) => [before, after]);
  for (const cores of coreCounts) {
    const on = coresInWords(cores);
    const ownRate = (side: OwnSide): number => median(ownRuns.map((runs) => rateOf(runs[cores][side])));
    const publishedRate = (side: PublishedSide): number =>
      median(rounds.map(({ published }) => rateOf(published[cores][side])));
    const timesAsFast = (own: OwnSide, other: PublishedSide): number =>
      median(
        rounds.map(({ before, published, after }) => {
          const secondsOf = (runs: Runs<OwnSide>) => runs[cores][own].seconds / runs[cores][own].frames;
          return 2 / (secondsOf(before) + secondsOf(after)) / rateOf(published[cores][other]);
        }),
      );
    const boundOn = (measured: Cores, { [measured]: { ownDecode, ownModel } }: Runs<OwnSide>) =>
      1 / (1 / rateOf(ownDecode) + 1 / rateOf(ownModel));
    const boundOf = (runs: Runs<OwnSide>) => boundOn(cores, runs);
    const share = median(ownRuns.map((runs) => rateOf(runs[cores].ownFile) / boundOf(runs)));
    const shareOfOneCore = median(ownRuns.map((runs) => rateOf(runs[cores].ownFile) / (cores * boundOn(1, runs))));
    const model = timesAsFast('ownModel', 'publishedModel');
    const file = timesAsFast('ownFile', 'publishedFile');
    targets.push(
      {
        name: `the model alone ${on} is at least ${wanted.modelTimes} times as fast as the published one`,
        holds: model >= wanted.modelTimes,
        found: `${model.toFixed(2)} (${ownRate('ownModel').toFixed(0)} to ${publishedRate('publishedModel').toFixed(0)} frames/s)`,
      },
      {
        name: `a 1080p file ${on} is read at least ${wanted.fileTimes} times as fast`,
        holds: file >= wanted.fileTimes,
        found: `${file.toFixed(2)} (${ownRate('ownFile').toFixed(0)} to ${publishedRate('publishedFile').toFixed(0)} frames/s)`,
      },
      {
        name: `decoding and inference overlap ${on} to at least ${wanted.boundShare} of what both alone allow`,
        holds: share >= wanted.boundShare,
        found: `${share.toFixed(3)} of ${median(ownRuns.map(boundOf)).toFixed(0)} frames/s${cores === 1 ? '' : `; ${shareOfOneCore.toFixed(3)} of what it would be if ${cores} cores were ${cores} times one`}`,
      },
    );
    for (const side of ownSides) figures[`${side}FramesPerSecond${cores}`] = Number(ownRate(side).toFixed(1));
    for (const side of publishedSides)
      figures[`${side}FramesPerSecond${cores}`] = Number(publishedRate(side).toFixed(1));
  }
  return { targets, figures, details };
}

async function runOf(side: Side, cores: Cores, prepared: Prepared): Promise<Run> {
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
