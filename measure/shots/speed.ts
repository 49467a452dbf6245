import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import { type Measurement, median } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import { type Prepared, prepareSpeed } from './speed/prepare.ts';

const wanted = { modelTimes: 3, fileTimes: 2, boundShare: 0.9 };
/** Of each number of cores: comparisons that count, and at most so many rounds for them. */
const steadyRounds = 3;
const mostRounds = 5;
/** By which ours may differ before and after the package: a comparison during which the machine changed is left out. */
const mostDrift = 0.1;
const coreCounts = [1, 2] as const;
type Cores = (typeof coreCounts)[number];
const script = (name: string): string => path.join(import.meta.dirname, 'speed', name);

const runSchema = z.object({ seconds: z.number(), frames: z.number(), shots: z.number().optional() });
type Run = z.infer<typeof runSchema>;
/** One round on so many cores, in this order: what is compared lies side by side in time. */
const course = [
  ['modelBefore', 'ownModel'],
  ['publishedModel', 'publishedModel'],
  ['modelAfter', 'ownModel'],
  ['decodeBefore', 'ownDecode'],
  ['fileBefore', 'ownFile'],
  ['publishedFile', 'publishedFile'],
  ['fileAfter', 'ownFile'],
  ['decodeAfter', 'ownDecode'],
  ['modelAtLast', 'ownModel'],
] as const;
type Place = (typeof course)[number][0];
type Side = (typeof course)[number][1];
type Round = Record<Place, Run>;

/**
 * TransNetV2 as it ships against the published package on torch, on the same cores, in turn: the model alone over the
 * same frames, and a 1080p file from bytes to shots. The last target says how well decoding and inference overlap: cores
 * that decode d frames a second while they do nothing else, and judge m, can do 1 / (1 / d + 1 / m). For d every core
 * reads a file of its own, so that none waits for another and all share caches and memory as they do when they read one
 * file together. It is held against what one core allows, times the cores, as well, the stricter of both.
 */
export async function measureSpeed(machine: QuietMachine): Promise<Measurement> {
  const prepared = await prepareSpeed();
  const rounds: Record<Cores, Round[]> = { 1: [], 2: [] };
  const isShort = (cores: Cores): boolean =>
    rounds[cores].length < mostRounds &&
    [modelsOf, filesOf].some((ofRound) => rounds[cores].map(ofRound).filter(isSteady).length < steadyRounds);
  while (coreCounts.some(isShort))
    for (const cores of coreCounts.filter(isShort))
      rounds[cores].push(await machine.during(() => runRound(rounds[cores].length + 1, cores, prepared)));
  return conclusion(rounds, { archiveSha256: prepared.archiveSha256, rounds });
}

async function runRound(number: number, cores: Cores, prepared: Prepared): Promise<Round> {
  const round: Partial<Round> = {};
  for (const [place, side] of course) {
    const run = await runOf(side, cores, prepared);
    round[place] = run;
    console.log(`round ${number} ${coresInWords(cores)}, ${side}: ${rateOf(run).toFixed(1)} frames/s`);
  }
  return round as Round;
}

const coresInWords = (cores: Cores): string => `on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
const rateOf = ({ frames, seconds }: Run): number => frames / seconds;

/** Ours, the package's, ours again: a machine that grows slower meanwhile does so for both. */
interface Comparison {
  before: Run;
  published: Run;
  after: Run;
}
const modelsOf = ({ modelBefore, publishedModel, modelAfter }: Round): Comparison => ({
  ...{ before: modelBefore, published: publishedModel, after: modelAfter },
});
const filesOf = ({ fileBefore, publishedFile, fileAfter }: Round): Comparison => ({
  ...{ before: fileBefore, published: publishedFile, after: fileAfter },
});

const isSteady = ({ before, after }: Comparison): boolean =>
  Math.max(rateOf(before), rateOf(after)) / Math.min(rateOf(before), rateOf(after)) <= 1 + mostDrift;
const timesAsFast = ({ before, published, after }: Comparison): number =>
  2 / (1 / rateOf(before) + 1 / rateOf(after)) / rateOf(published);

/** What cores do that decode and judge one frame after the other, from what they do of either alone. */
const boundOf = (decode: Run, model: Run): number => 1 / (1 / rateOf(decode) + 1 / rateOf(model));

interface Overlap {
  file: Run;
  decode: Run;
  model: Run;
}
const overlapsOf = (round: Round): Overlap[] => [
  { file: round.fileBefore, decode: round.decodeBefore, model: round.modelAfter },
  { file: round.fileAfter, decode: round.decodeAfter, model: round.modelAtLast },
];

function conclusion(rounds: Record<Cores, Round[]>, details: object): Measurement {
  const targets: Measurement['targets'] = [];
  const figures: Measurement['figures'] = {};
  const boundsOn = (cores: Cores): number =>
    median(rounds[cores].flatMap(overlapsOf).map(({ decode, model }) => boundOf(decode, model)));
  for (const cores of coreCounts) {
    const on = coresInWords(cores);
    const compare = (name: string, ofRound: (round: Round) => Comparison, times: number): void => {
      const all = rounds[cores].map(ofRound);
      const steady = all.filter(isSteady);
      const found = median(steady.map(timesAsFast));
      const own = median(steady.flatMap(({ before, after }) => [before, after]).map(rateOf));
      const published = median(steady.map((one) => rateOf(one.published)));
      targets.push({
        name: `${name} at least ${times} times as fast as by the published package`,
        holds: steady.length >= steadyRounds && found >= times,
        found: `${found.toFixed(2)} (${own.toFixed(0)} to ${published.toFixed(0)} frames/s; ${steady.length} steady rounds of ${all.length}: ${all.map((one) => timesAsFast(one).toFixed(2)).join(', ')})`,
      });
    };
    compare(`the model alone ${on} judges`, modelsOf, wanted.modelTimes);
    compare(`a 1080p file ${on} is read`, filesOf, wanted.fileTimes);
    const overlaps = rounds[cores].flatMap(overlapsOf);
    const share = median(overlaps.map(({ file, decode, model }) => rateOf(file) / boundOf(decode, model)));
    const ofOneCore = median(overlaps.map(({ file }) => rateOf(file))) / (cores * boundsOn(1));
    targets.push({
      name: `decoding and inference overlap ${on} to at least ${wanted.boundShare} of what both alone allow`,
      holds: Math.min(share, ofOneCore) >= wanted.boundShare,
      found: `${share.toFixed(3)} of ${boundsOn(cores).toFixed(0)} frames/s, each beside it in time${cores === 1 ? '' : `; ${ofOneCore.toFixed(3)} of ${cores} times what one core allows`}`,
    });
    for (const [place, side] of [
      ['modelBefore', 'ownModel'],
      ['decodeBefore', 'ownDecode'],
      ['fileBefore', 'ownFile'],
      ['publishedModel', 'publishedModel'],
      ['publishedFile', 'publishedFile'],
    ] as const)
      figures[`${side}FramesPerSecond${cores}`] = Number(
        median(rounds[cores].map((round) => rateOf(round[place]))).toFixed(1),
      );
  }
  return { targets, figures, details };
}

async function runOf(side: Side, cores: Cores, prepared: Prepared): Promise<Run> {
  const all = Array.from({ length: cores }, (_, core) => core);
  if (side !== 'ownDecode') return runOn(all, side, prepared);
  const runs = await Promise.all(all.map((core) => runOn([core], side, prepared)));
  const frames = runs.reduce((sum, run) => sum + run.frames, 0);
  return { frames, seconds: frames / runs.reduce((sum, run) => sum + rateOf(run), 0) };
}

async function runOn(cores: readonly number[], side: Side, prepared: Prepared): Promise<Run> {
  const { python, archive, modelFile, videoFile, framesFile } = prepared;
  const published = [python, script('published.py'), String(cores.length)];
  const session = [places.pythonBinary, script('session.py'), archive];
  const ownRun = [process.execPath, script('own-run.ts'), videoFile, modelFile, script('session.py'), archive];
  const commands: Record<Side, string[]> = {
    ownModel: [...session, 'frames', framesFile, modelFile],
    publishedModel: [...published, 'frames', framesFile],
    ownFile: ownRun,
    publishedFile: [...published, 'video', videoFile],
    ownDecode: [...ownRun, 'decode'],
  };
  const { stdout } = await execa('taskset', ['-c', cores.join(','), ...commands[side]], {
    cwd: root,
    env: { PYTHONPATH: root, PATH: `${path.dirname(places.ffmpeg)}:${process.env['PATH'] ?? ''}` },
    stderr: 'inherit',
  });
  return runSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}
