import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scenesOf } from '../../../lambdas/detection/scenes.ts';

/** TransNetV2's `predictions_to_scenes`, line by line. */
function reference(probabilities: number[], threshold: number): [number, number][] {
  const scenes: [number, number][] = [];
  let t = -1;
  let previous = 0;
  let start = 0;
  let i = 0;
  for (i = 0; i < probabilities.length; i += 1) {
    t = (probabilities[i] as number) > threshold ? 1 : 0;
    if (previous === 1 && t === 0) start = i;
    if (previous === 0 && t === 1 && i !== 0) scenes.push([start, i]);
    previous = t;
  }
  if (t === 0) scenes.push([start, probabilities.length - 1]);
  return scenes.length === 0 ? [[0, probabilities.length - 1]] : scenes;
}

describe('scenesOf', () => {
  it('follows the rule of TransNetV2 for any probabilities', () => {
    const probability = fc.oneof(fc.constant(0), fc.constant(0.5), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(probability, { minLength: 1, maxLength: 60 }), (probabilities) => {
        const scenes = scenesOf(probabilities, 0.5).map(({ startFrame, endFrame }) => [startFrame, endFrame]);
        expect(scenes).toEqual(reference(probabilities, 0.5));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps with each shot the peak of the transition before it', () => {
    expect(scenesOf([0, 0, 0.9, 0, 0, 0.6, 0.8, 0.7, 0], 0.5)).toEqual([
      { startFrame: 0, endFrame: 2, transitionProbability: 0 },
      { startFrame: 3, endFrame: 5, transitionProbability: 0.9 },
      { startFrame: 8, endFrame: 8, transitionProbability: 0.8 },
    ]);
  });
});
