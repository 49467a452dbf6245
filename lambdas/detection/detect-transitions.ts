import type { TransitionProbability } from './cuts.ts';
import type { FrameLook } from './frame-look.ts';
import { type EndedShot, TransitionTracker, type TransitionTrackerOptions } from './transition-tracker.ts';

/**
 * The shots of a whole video, by the tracker that live uses too.
 * @param frames one entry a frame, in order.
 * @returns at least one shot where there is at least one frame.
 */
export function detectTransitions(
  frames: Iterable<TransitionProbability & { look: FrameLook }>,
  options: TransitionTrackerOptions,
): EndedShot[] {
  const tracker = new TransitionTracker(options);
  const shots: EndedShot[] = [];
  for (const { look, single, many } of frames)
    shots.push(...tracker.addLook(look), ...tracker.addProbabilities({ single, many }));
  return [...shots, ...tracker.flush()];
}
