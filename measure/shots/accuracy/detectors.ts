import type { TransitionSettings } from '../../../lambdas/contracts/models.ts';
import type { TransitionProbability } from '../../../lambdas/detection/cuts.ts';
import { detectTransitions } from '../../../lambdas/detection/detect-transitions.ts';
import type { FrameLook } from '../../../lambdas/detection/frame-look.ts';
import type { Detection } from './matching.ts';

export type JudgedFrame = TransitionProbability & { look: FrameLook };

/** The product's own detector. */
export function ours(frames: readonly JudgedFrame[], settings: TransitionSettings): Detection[] {
  return detectTransitions(frames, { settings, framesPerSecond: 25 })
    .map(({ transitionIn }) => transitionIn)
    .filter(({ kind }) => kind !== 'start')
    .map(({ kind, firstFrame, lastFrame }) => ({ kind: kind as 'cut' | 'gradual', firstFrame, lastFrame }));
}

/**
 * TransNetV2 as its authors use it (`predictions_to_scenes`): the single head above one threshold. A shot ends with the
 * first frame above it, the next begins with the first one not above it; which kind of transition it is, is not said.
 */
export function plainTransNet(frames: readonly TransitionProbability[], threshold = 0.5): Detection[] {
  const found: Detection[] = [];
  let first: number | undefined;
  frames.forEach(({ single }, frame) => {
    if (single > threshold) first ??= frame;
    else if (first !== undefined) {
      if (first > 0) found.push({ firstFrame: first + 1, lastFrame: frame });
      first = undefined;
    }
  });
  return found;
}

/** PySceneDetect's: the first frames of its scenes. */
export const atFrames = (frames: readonly number[]): Detection[] =>
  frames.map((frame) => ({ firstFrame: frame, lastFrame: frame }));
