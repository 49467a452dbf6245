import { type TransitionSettings, transitionSettingsSchema } from '../../lambdas/contracts/models.ts';
import { ours } from './accuracy/detectors.ts';
import { type DetectorScore, scoreDetector } from './accuracy/score.ts';
import { shippedSettings } from './accuracy.ts';
import { type Clip, prepareClips, prepareProbabilities, readFrames } from './benchmark/prepare.ts';

/** The values that are tried, one setting after another, the others being as they are. */
const tried: Record<string, number[]> = {
  'gradual.minimumDirectness': [0.52, 0.58, 0.64, 0.7],
  'gradual.threshold': [0.3, 0.4, 0.5],
  'gradual.extentThreshold': [0.1, 0.15, 0.2],
  'gradual.maximumStepShare': [0.5, 0.6],
  'wipe.maximumSlideResidual': [0.1, 0.13, 0.16, 0.2],
  'wipe.maximumSlideProbability': [0.25, 0.35],
  'wipe.supportedThreshold': [0.008, 0.015, 0.03],
  'wipe.evidence.intercept': [-18, -17.5, -17, -16.5, -16, -15.5],
  'flash.returnShare': [0.27, 0.35, 0.45],
};
/** Of cuts, changed together: what one of them lets through, another has to stop. Rising. */
const triedTogether: Record<string, number[]> = {
  'cut.minimumProbability': [0.005, 0.01, 0.015, 0.02, 0.03],
  'cut.minimumStepRatio': [1.1, 1.2, 1.3, 1.4, 1.6],
  'cut.stepFrames': [3, 4, 5],
  'cut.sureProbability': [0.15, 0.25, 0.35, 0.5, 0.7, 0.85],
  'cut.minimumDoubtfulStepRatio': [1.4, 1.6, 1.8, 2, 2.2, 2.5],
  'cut.minimumDoubtfulUnusualShare': [0.25, 0.3, 0.35, 0.39, 0.43, 0.47, 0.51],
  'cut.minimumChangedShare': [0.42, 0.46, 0.5, 0.54, 0.58, 0.62],
  'cut.unusualWeight': [8, 12, 16, 20, 24, 28],
  'cut.minimumEvidence': [3, 4, 5, 5.4, 5.8, 6.2, 7, 8],
  'cut.underFlashProbability': [0.03, 0.05, 0.08],
  'cut.minimumFlashedStep': [16, 20, 24],
  'cut.minimumFlashedStepRatio': [2, 2.5, 3, 3.5],
  'flash.maximumLightResidual': [0.1, 0.15, 0.2, 0.25],
};
const triesTogether = 900;
/** Settings that go on to be changed further, and those whose neighbours are looked at in the end. */
const [parents, finalists] = [12, 10];
const seed = 20261;
const flashes = ['flash', 'flash burst', 'strobing light'];

/** F1 of both kinds, less what flashing light was taken for. */
function worth({ byKind, generous, traps }: DetectorScore): number {
  const { cut, gradual } = byKind ?? generous;
  const taken = flashes.reduce((sum, variety) => sum + (traps[variety]?.taken ?? 0), 0);
  return cut.f1 + gradual.f1 - taken / 100;
}

function cutWorth({ byKind, generous, traps }: DetectorScore): number {
  const taken = flashes.reduce((sum, variety) => sum + (traps[variety]?.taken ?? 0), 0);
  return (byKind ?? generous).cut.f1 - taken / 100;
}

function changed(settings: TransitionSettings, name: string, value: number): TransitionSettings {
  const copy = structuredClone(settings) as unknown as Record<string, unknown>;
  const path = name.split('.');
  const field = path.pop() as string;
  const group = path.reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  group[field] = value;
  return transitionSettingsSchema.parse(copy);
}

type ScoreOf = (settings: TransitionSettings) => DetectorScore;

/** Numbers from 0 to 1, the same ones each time (xorshift, Marsaglia 2003). */
function* drawn(state: number): Generator<number, never> {
  for (let bits = state; ; yield (bits >>> 0) / 2 ** 32) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
  }
}

function settingOf(settings: TransitionSettings, name: string): number {
  const [group, field] = name.split('.') as ['cut' | 'flash', string];
  return (settings[group] as Record<string, number>)[field] ?? Number.NaN;
}

/** The settings with one of `triedTogether` a step lower or higher, and themselves. */
function neighbours(settings: TransitionSettings): TransitionSettings[] {
  const near = Object.entries(triedTogether).flatMap(([name, values]) => {
    const own = settingOf(settings, name);
    const steps = [values.findLast((value) => value < own), values.find((value) => value > own)];
    return steps.flatMap((value) => (value === undefined ? [] : [changed(settings, name, value)]));
  });
  return [settings, ...near];
}

/**
 * Changes one to three of `triedTogether` at a time, by cuts alone: without wipes, which take nearly all the time. Of
 * the best it keeps those whose neighbours are worth most too: the rest is luck with a handful of cuts.
 */
function togetherBest(shipped: TransitionSettings, scoreOf: ScoreOf): TransitionSettings {
  const withoutWipes = (settings: TransitionSettings) => changed(settings, 'wipe.supportedThreshold', 1);
  const worthOf = (settings: TransitionSettings) => cutWorth(scoreOf(withoutWipes(settings)));
  const numbers = drawn(seed);
  const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(numbers.next().value * items.length)] as Item;
  const names = Object.keys(triedTogether);
  const known = new Set([JSON.stringify(shipped)]);
  let best = [{ settings: shipped, worth: worthOf(shipped) }];
  console.log(`shipped, cuts alone: ${best[0]?.worth.toFixed(4)}`);
  for (let tried = 0; tried < triesTogether; tried += 1) {
    let { settings } = oneOf(best.slice(0, parents));
    for (let changes = oneOf([1, 2, 3]); changes > 0; changes -= 1) {
      const name = oneOf(names);
      settings = changed(settings, name, oneOf(triedTogether[name] ?? []));
    }
    if (known.has(JSON.stringify(settings))) continue;
    known.add(JSON.stringify(settings));
    best = [...best, { settings, worth: worthOf(settings) }].sort((one, other) => other.worth - one.worth);
    best = best.slice(0, finalists);
  }
  const steady = best.map(({ settings, worth: own }) => {
    const near = neighbours(settings).map(worthOf);
    return { settings, own, steadiness: near.reduce((sum, each) => sum + each, 0) / near.length };
  });
  steady.sort((one, other) => other.steadiness - one.steadiness);
  const { settings, own, steadiness } = steady[0] as (typeof steady)[number];
  console.log(`together: ${own.toFixed(4)}, neighbours ${steadiness.toFixed(4)} on average`);
  return settings;
}

/** Goes through the settings once, keeping each time the value that is worth most on the tuning half. */
async function tune(): Promise<void> {
  const { folder, clips } = await prepareClips();
  const { folder: answers } = await prepareProbabilities(folder, 'tuning');
  const half = clips.filter((clip) => clip.set === 'tuning');
  const frames = new Map(half.map((clip) => [clip.name, readFrames(answers, clip)]));
  const scoreOf: ScoreOf = (settings) =>
    scoreDetector(half, (clip: Clip) => ours(frames.get(clip.name) ?? [], settings));
  let settings = togetherBest(shippedSettings(), scoreOf);
  let best = scoreOf(settings);
  console.log(`with these: ${worth(best).toFixed(4)}`);
  for (const [name, values] of process.argv.includes('--together') ? [] : Object.entries(tried))
    for (const value of values) {
      const candidate = changed(settings, name, value);
      const score = scoreOf(candidate);
      if (worth(score) <= worth(best) + 1e-9) continue;
      console.log(`${name} = ${value}: ${worth(score).toFixed(4)}`);
      [settings, best] = [candidate, score];
    }
  const { cut, gradual } = best.byKind ?? best.generous;
  console.log(JSON.stringify(settings, null, 2));
  console.log(`tuning half: F1 of cuts ${cut.f1.toFixed(4)}, of gradual transitions ${gradual.f1.toFixed(4)}`);
  console.log(best.mistakes.join('\n'));
}

await tune();
