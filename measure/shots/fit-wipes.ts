import { wipeCourse, wipeFeatureNames } from '../../lambdas/detection/wipe-evidence.ts';
import { wipeLengths } from '../../lambdas/detection/wipes.ts';
import type { JudgedFrame } from './accuracy/detectors.ts';
import { overlap } from './accuracy/matching.ts';
import { type Clip, prepareClips, prepareProbabilities, readFrames } from './benchmark/prepare.ts';
import { fitLogistic, type Sample } from './fit-logistic.ts';

const wipes = new Set(['wipe', 'vertical wipe', 'diagonal wipe', 'barn doors', 'iris', 'clock wipe']);
/** A stretch that shares so much with a wipe is one to learn from; one that shares less is neither one nor none. */
const sharedFrom = 0.6;
const folds = 5;

/** What every stretch of a clip shows, and whether it is a wipe; not those that touch another gradual transition. */
function samplesOf(clip: Clip, frames: readonly JudgedFrame[]): Sample[] {
  const samples: Sample[] = [];
  const gradual = clip.transitions.filter(({ kind }) => kind === 'gradual');
  for (let last = 1; last < frames.length - 1; last += 1)
    for (const length of wipeLengths) {
      const first = last - length + 1;
      if (first < 1) break;
      const detection = { firstFrame: first, lastFrame: last };
      const touched = gradual.filter((truth) => overlap(truth, detection) > 0);
      const isWipe = touched.some((truth) => wipes.has(truth.variety) && overlap(truth, detection) >= sharedFrom);
      if (touched.length > 0 && !isWipe) continue;
      const stretch = frames.slice(first - 1, last + 2);
      const many = Math.max(...stretch.slice(1, -1).map((frame) => frame.many));
      const course = wipeCourse(
        stretch.map(({ look }) => look),
        many,
      );
      if (course === undefined) continue;
      samples.push({ values: wipeFeatureNames.map((name) => course.features[name]), isTrue: isWipe });
    }
  return samples;
}

/** Fits the weights of a wipe's evidence on the tuning half of the footage; clips that were left out say what they are worth. */
async function fitWipes(): Promise<void> {
  const { folder, clips } = await prepareClips();
  const { folder: answers } = await prepareProbabilities(folder, 'tuning');
  const byClip = clips.filter(({ set }) => set === 'tuning').map((clip) => samplesOf(clip, readFrames(answers, clip)));
  for (let fold = 0; fold < folds; fold += 1) {
    const isOut = (clip: number) => clip % folds === fold;
    const model = fitLogistic(byClip.filter((_, clip) => !isOut(clip)).flat());
    const out = byClip.filter((_, clip) => isOut(clip)).flat();
    const right = (isTrue: boolean) => {
      const own = out.filter((sample) => sample.isTrue === isTrue);
      return own.filter(({ values }) => model.logOdds(values) > 0 === isTrue).length / own.length;
    };
    console.log(`left out fold ${fold + 1}: ${right(true).toFixed(4)} of wipes, ${right(false).toFixed(4)} of others`);
  }
  const { intercept, weights } = fitLogistic(byClip.flat());
  const named = wipeFeatureNames.map((name, at) => [name, Number((weights[at] ?? 0).toFixed(3))]);
  console.log(JSON.stringify({ intercept: Number(intercept.toFixed(3)), ...Object.fromEntries(named) }, null, 2));
}

await fitWipes();
