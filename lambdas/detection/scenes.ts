/** First and last frame, both inside, and the highest probability of the transition before it. */
export interface Scene {
  startFrame: number;
  endFrame: number;
  transitionProbability: number;
}

/**
 * Cuts a video where the probability rises above the threshold, by TransNetV2's own rule (`predictions_to_scenes`):
 * a shot ends with the first frame above it and the next begins with the first frame not above it, so that the
 * middle of a long dissolve belongs to neither. Where nothing is left the whole video is one shot.
 * @param probabilities one number a frame, at least one.
 */
export function scenesOf(probabilities: readonly number[], threshold: number): Scene[] {
  const scenes: Scene[] = [];
  let startFrame = 0;
  let isAbove = false;
  let peak = 0;
  let peakBefore = 0;
  probabilities.forEach((probability, frame) => {
    const isNowAbove = probability > threshold;
    if (isAbove && !isNowAbove) {
      startFrame = frame;
      peakBefore = scenes.length === 0 ? 0 : peak;
    }
    if (!isAbove && isNowAbove) {
      if (frame > 0) scenes.push({ startFrame, endFrame: frame, transitionProbability: peakBefore });
      peak = 0;
    }
    if (isNowAbove) peak = Math.max(peak, probability);
    isAbove = isNowAbove;
  });
  const endFrame = probabilities.length - 1;
  if (!isAbove) scenes.push({ startFrame, endFrame, transitionProbability: peakBefore });
  return scenes.length > 0 ? scenes : [{ startFrame: 0, endFrame, transitionProbability: 0 }];
}
