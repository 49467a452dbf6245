import { readFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';
import { type TransitionSettings, transitionSettingsSchema } from '../../lambdas/contracts/models.ts';
import { root } from '../../setup/places.ts';
import type { Measurement } from '../measurement.ts';
import { hasVnni } from '../processor.ts';
import { atFrames, ours, plainTransNet } from './accuracy/detectors.ts';
import { type Score, tolerance } from './accuracy/matching.ts';
import { type DetectorScore, scoreDetector } from './accuracy/score.ts';
import {
  type Clip,
  type Precision,
  prepareClips,
  prepareProbabilities,
  prepareRivals,
  readFrames,
} from './benchmark/prepare.ts';

const wanted = { transitions: 300, traps: 200, cutF1: 0.97, gradualF1: 0.85, flashShare: 0.02 };
const flashes = ['flash', 'flash burst'];

/** The settings that ship. */
export function shippedSettings(): TransitionSettings {
  const file = path.join(root, 'model-packaging', 'models', 'shots-transnetv2', 'model.json');
  return transitionSettingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')).postprocessing);
}

/**
 * Precision, recall and F1 by kind of transition on the reporting set of the benchmark, beside PySceneDetect's two
 * detectors and TransNetV2 as its authors use it, on the very same clips. Both graphs of the archive are judged; the one
 * in 8 bits only where the processor has VNNI, as it is served only there.
 */
export async function measureAccuracy(): Promise<Measurement> {
  const { folder, clips } = await prepareClips();
  const settings = shippedSettings();
  const { own, framesOf, archiveSha256 } = await judge('reporting', { folder, clips, settings, precision: 'float32' });
  const inBytes = hasVnni() ? await judge('reporting', { folder, clips, settings, precision: '8 bits' }) : undefined;
  const rivals = await prepareRivals(folder, 'reporting');
  const chosen = clips.filter(({ set }) => set === 'reporting');
  const scores: Record<string, DetectorScore> = {
    Wirescope: own,
    ...(inBytes === undefined ? {} : { 'in 8 bits': inBytes.own }),
    'TransNetV2, one head at 0.5': scoreDetector(chosen, (clip) => plainTransNet(framesOf(clip))),
    'PySceneDetect adaptive': scoreDetector(chosen, (clip) => atFrames(rivals.cuts['adaptive']?.[clip.name] ?? [])),
    'PySceneDetect content': scoreDetector(chosen, (clip) => atFrames(rivals.cuts['content']?.[clip.name] ?? [])),
  };
  print(scores);
  const transitions = chosen.reduce((sum, clip) => sum + clip.transitions.length, 0);
  const traps = chosen.reduce((sum, clip) => sum + clip.traps.length, 0);
  return {
    targets: [
      {
        name: `the benchmark holds at least ${wanted.transitions} transitions and ${wanted.traps} traps`,
        holds: transitions >= wanted.transitions && traps >= wanted.traps,
        found: `${transitions} and ${traps}`,
      },
      ...targetsOf(own, 'in float32'),
      ...(inBytes === undefined ? [] : targetsOf(inBytes.own, 'in 8 bits')),
    ],
    figures: {
      transitions,
      traps,
      ...figuresOf(own, ''),
      ...(inBytes === undefined ? {} : figuresOf(inBytes.own, 'in 8 bits ')),
      ...Object.fromEntries(
        Object.entries(scores)
          .filter(([name]) => name !== 'Wirescope' && name !== 'in 8 bits')
          .flatMap(([name, { generous }]) => [
            [`${name} cutF1`, rounded(generous.cut.f1)],
            [`${name} gradualF1`, rounded(generous.gradual.f1)],
          ]),
      ),
    },
    details: { tolerance, archiveSha256, pySceneDetect: rivals.version, settings, scores },
  };
}

function targetsOf(own: DetectorScore, precision: string): Measurement['targets'] {
  const { cut, gradual } = byKindOf(own);
  const flashShare = shareTaken(own, flashes);
  return [
    { name: `F1 of hard cuts at least ${wanted.cutF1}, ${precision}`, holds: cut.f1 >= wanted.cutF1, found: said(cut) },
    {
      name: `F1 of gradual transitions at least ${wanted.gradualF1}, ${precision}`,
      holds: gradual.f1 >= wanted.gradualF1,
      found: said(gradual),
    },
    {
      name: `flashes taken for transitions at most ${wanted.flashShare * 100} %, ${precision}`,
      holds: flashShare <= wanted.flashShare,
      found: `${(flashShare * 100).toFixed(1)} %`,
    },
  ];
}

function figuresOf(own: DetectorScore, before: string): Measurement['figures'] {
  const { cut, gradual } = byKindOf(own);
  return {
    [`${before}cutF1`]: rounded(cut.f1),
    [`${before}gradualF1`]: rounded(gradual.f1),
    [`${before}flashesTakenShare`]: rounded(shareTaken(own, flashes)),
  };
}

/** The same on the set that was reported on before: its mistakes have been looked at, so that no target hangs on it. */
export async function measureEarlierAccuracy(): Promise<Measurement> {
  const { folder, clips } = await prepareClips();
  const { own } = await judge('reported before', { folder, clips, settings: shippedSettings(), precision: 'float32' });
  const { cut, gradual } = byKindOf(own);
  console.log(`The set reported on before: hard cuts ${said(cut)}, gradual ${said(gradual)}`);
  return {
    targets: [],
    figures: {
      earlierCutF1: rounded(cut.f1),
      earlierGradualF1: rounded(gradual.f1),
      earlierFlashesTakenShare: rounded(shareTaken(own, flashes)),
    },
    details: { own },
  };
}

interface JudgeOptions {
  folder: string;
  clips: readonly Clip[];
  settings: TransitionSettings;
  precision: Precision;
}

/** What the product's detector finds in one set's clips. */
async function judge(set: Clip['set'], { folder, clips, settings, precision }: JudgeOptions) {
  const { folder: answers, archiveSha256 } = await prepareProbabilities(folder, set, precision);
  const chosen = clips.filter((clip) => clip.set === set);
  const frames = new Map(chosen.map((clip) => [clip.name, readFrames(answers, clip)]));
  const framesOf = (clip: Clip) => frames.get(clip.name) ?? [];
  return { own: scoreDetector(chosen, (clip) => ours(framesOf(clip), settings)), framesOf, archiveSha256 };
}

const byKindOf = ({ byKind, generous }: DetectorScore) => byKind ?? generous;

const rounded = (value: number): number => Number(value.toFixed(4));
const said = ({ f1, precision, recall, truths, false: falseOnes }: Score): string =>
  `${f1.toFixed(3)} (precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}; ${truths} true, ${falseOnes} false)`;

function shareTaken({ traps }: DetectorScore, varieties: readonly string[]): number {
  const chosen = varieties.map((variety) => traps[variety] ?? { traps: 0, taken: 0 });
  const all = chosen.reduce((sum, { traps: number }) => sum + number, 0);
  return all === 0 ? 1 : chosen.reduce((sum, { taken }) => sum + taken, 0) / all;
}

function print(scores: Record<string, DetectorScore>): void {
  const style = { head: [], border: [], compact: true };
  const detectors = Object.keys(scores);
  const table = new Table({ head: ['', 'hard cuts P / R / F1', 'gradual P / R / F1', 'all F1', 'overlap'], style });
  const three = ({ precision, recall, f1 }: Score) =>
    [precision, recall, f1].map((value) => value.toFixed(3)).join(' / ');
  for (const [name, { byKind, generous, all, meanOverlap }] of Object.entries(scores)) {
    const row = [all.f1.toFixed(3), meanOverlap.toFixed(2)];
    if (byKind !== undefined)
      table.push([`${name}, kinds told apart`, three(byKind.cut), three(byKind.gradual), ...row]);
    table.push([name, three(generous.cut), three(generous.gradual), ...row]);
  }
  console.log(table.toString());
  const first = scores[detectors[0] ?? ''] as DetectorScore;
  const found = new Table({ head: ['found of', 'number', ...detectors], style });
  for (const [variety, { truths }] of Object.entries(first.varieties))
    found.push([variety, truths, ...detectors.map((name) => scores[name]?.varieties[variety]?.found ?? 0)]);
  console.log(found.toString());
  const taken = new Table({ head: ['traps taken for a transition', 'number', ...detectors], style });
  for (const [variety, { traps }] of Object.entries(first.traps))
    taken.push([variety, traps, ...detectors.map((name) => scores[name]?.traps[variety]?.taken ?? 0)]);
  console.log(taken.toString());
}
