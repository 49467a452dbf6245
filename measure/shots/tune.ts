import { type TransitionSettings, transitionSettingsSchema } from '../../lambdas/contracts/models.ts';
import { ours } from './accuracy/detectors.ts';
import { type DetectorScore, scoreDetector } from './accuracy/score.ts';
import { shippedSettings } from './accuracy.ts';
import { type Clip, prepareClips, prepareProbabilities, readFrames } from './benchmark/prepare.ts';

/** The values that are tried, one setting after another, the others being as they are. */
const tried: Record<string, number[]> = {
  'cut.minimumEvidence': [4.8, 5.2, 5.6, 6],
  'cut.minimumStepRatio': [1.2, 1.4, 1.6],
  'cut.minimumFlashedStepRatio': [2, 3, 4],
  'gradual.minimumDirectness': [0.52, 0.58, 0.64, 0.7],
  'gradual.threshold': [0.3, 0.4, 0.5],
  'gradual.extentThreshold': [0.1, 0.15, 0.2],
  'gradual.maximumStepShare': [0.5, 0.6],
  'wipe.maximumSlideResidual': [0.1, 0.13, 0.16, 0.2],
  'wipe.maximumSlideProbability': [0.25, 0.35],
  'wipe.supportedThreshold': [0.008, 0.015, 0.03],
  'wipe.evidence.intercept': [-18, -17.5, -17, -16.5, -16, -15.5],
  'flash.maximumLightResidual': [0, 0.1, 0.15, 0.2, 0.25, 0.3],
  'flash.returnShare': [0.27, 0.35, 0.45],
};
/** Tried in every combination: what one of them lets through, another has to stop. */
const triedTogether: Record<string, number[]> = {
  'cut.sureProbability': [0.2, 0.35, 0.5, 0.7],
  'cut.minimumDoubtfulStepRatio': [1.4, 1.7, 2, 2.4],
  'cut.minimumDoubtfulUnusualShare': [0.35, 0.39, 0.43, 0.47, 0.51],
};
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

/** Every combination of `triedTogether`, by cuts alone: without wipes, which take nearly all the time. */
function togetherBest(shipped: TransitionSettings, scoreOf: ScoreOf): TransitionSettings {
  let combinations = [shipped];
  for (const [name, values] of Object.entries(triedTogether))
    combinations = combinations.flatMap((settings) => values.map((value) => changed(settings, name, value)));
  const withoutWipes = (settings: TransitionSettings) => changed(settings, 'wipe.supportedThreshold', 1);
  let best = { settings: shipped, worth: cutWorth(scoreOf(withoutWipes(shipped))) };
  console.log(`shipped, cuts alone: ${best.worth.toFixed(4)}`);
  for (const settings of combinations) {
    const found = cutWorth(scoreOf(withoutWipes(settings)));
    if (found <= best.worth + 1e-9) continue;
    best = { settings, worth: found };
    const { sureProbability, minimumDoubtfulStepRatio, minimumDoubtfulUnusualShare } = settings.cut;
    console.log(sureProbability, minimumDoubtfulStepRatio, minimumDoubtfulUnusualShare, found.toFixed(4));
  }
  return best.settings;
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
