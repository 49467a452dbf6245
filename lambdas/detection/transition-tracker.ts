import type { TransitionSettings } from '../contracts/models.ts';
import type { Transition } from '../contracts/shots.ts';
import { isCut, isCutUnderFlash, isFlash, probabilitiesAhead, type TransitionProbability } from './cuts.ts';
import { FrameHistory } from './frame-history.ts';
import type { FrameLook } from './frame-look.ts';
import { GradualSpan, leadsElsewhere, type Span, spanLookAhead } from './gradual-span.ts';
import { KeyframeChooser } from './keyframe-choice.ts';
import { longestWipe, WipeFinder } from './wipes.ts';

/** A shot that has ended. Frames count from 0; both ends lie inside. */
export interface EndedShot {
  startFrame: number;
  endFrame: number;
  transitionIn: Transition;
  /** One entry a keyframe, the one that stands for the shot first; in each the frames to choose from, best first. */
  keyframes: number[][];
}

export interface TransitionTrackerOptions {
  settings: TransitionSettings;
  framesPerSecond: number;
}

/**
 * Frames that a cut at frame f waits for: looks up to f + looksAhead, probabilities up to f + probabilitiesAhead. Both
 * are within a window's context of 25 frames, so that a cut is known as soon as the window is that holds f + 2.
 */
export const lookAheadOf = ({ cut, flash }: TransitionSettings) => ({
  looks: Math.max(cut.stepFrames, flash.frames, spanLookAhead) + 1,
  probabilities: probabilitiesAhead,
});

/**
 * Turns frames' probabilities and looks into shots while they come. Looks may run ahead of probabilities, as they do
 * where a window's context has been decoded: what is found does not depend on how far. Holds a few hundred frames.
 */
export class TransitionTracker {
  readonly #settings: TransitionSettings;
  readonly #framesPerSecond: number;
  readonly #looksAhead: number;
  readonly #looks = new FrameHistory<FrameLook>();
  readonly #probabilities = new FrameHistory<TransitionProbability>();
  readonly #span: GradualSpan;
  readonly #wipes: WipeFinder;
  #keyframes: KeyframeChooser;
  /** The next frame to decide on. */
  #frame = 0;
  #startFrame = 0;
  #transitionIn: Transition = { kind: 'start', firstFrame: 0, lastFrame: 0, probability: 0 };
  #ended: EndedShot[] = [];

  constructor({ settings, framesPerSecond }: TransitionTrackerOptions) {
    this.#settings = settings;
    this.#framesPerSecond = framesPerSecond;
    this.#looksAhead = lookAheadOf(settings).looks;
    this.#span = new GradualSpan(settings);
    this.#wipes = new WipeFinder(settings);
    this.#keyframes = new KeyframeChooser(framesPerSecond);
  }

  /** The next frame's look. @returns the shots that are now known to have ended. */
  addLook(look: FrameLook): EndedShot[] {
    this.#looks.add(look);
    return this.#advance(false);
  }

  /** The next frame's probabilities. @returns the shots that are now known to have ended. */
  addProbabilities(probability: TransitionProbability): EndedShot[] {
    this.#probabilities.add(probability);
    return this.#advance(false);
  }

  /**
   * The video has ended; probabilities beyond the last look are those of a filled-up window and do not count.
   * @returns the remaining shots, none where there was no frame.
   */
  flush(): EndedShot[] {
    const shots = this.#advance(true);
    const endFrame = Math.min(this.#probabilities.end, this.#looks.end) - 1;
    if (endFrame >= this.#startFrame) {
      this.#look(endFrame);
      this.#end(endFrame);
    }
    return [...shots, ...this.#take()];
  }

  #advance(isLast: boolean): EndedShot[] {
    const ready = isLast
      ? Math.min(this.#probabilities.end, this.#looks.end)
      : Math.min(this.#probabilities.end - probabilitiesAhead, this.#looks.end - this.#looksAhead);
    for (; this.#frame < ready; this.#frame += 1) this.#decide(this.#frame);
    return this.#take();
  }

  #take(): EndedShot[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #decide(frame: number): void {
    const probability = this.#probabilities.at(frame) as TransitionProbability;
    const span = this.#span.add(frame, probability, this.#looks.at(frame) as FrameLook);
    const wipe = this.#wipes.add(this.#looks, this.#probabilities, frame);
    if (span !== undefined && this.#isGradual(span)) this.#endGradually(span);
    else if (this.#isCutAt(frame, probability)) {
      const before = this.#span.closeBefore(frame);
      if (before !== undefined && this.#isGradual(before)) this.#endGradually(before);
      this.#cut(frame, probability.single);
    } else if (wipe !== undefined && !this.#span.isProbable && wipe.firstFrame > this.#startFrame)
      this.#endGradually(wipe);
    this.#look(Math.min(frame, (this.#span.firstFrame ?? frame + 1) - 1));
    this.#forget();
  }

  #isCutAt(frame: number, probability: TransitionProbability): boolean {
    if (frame + 1 - this.#startFrame < this.#settings.minimumShotFrames) return false;
    if (frame + 1 >= this.#looks.end) return false;
    const { single } = probability;
    const singleAt = (other: number) => this.#probabilities.at(other)?.single ?? 0;
    if (single < singleAt(frame - 1) || single <= singleAt(frame + 1) || this.#isWithinGradual(frame)) return false;
    if (isCutUnderFlash(singleAt, this.#looks, frame, this.#settings)) return true;
    return (
      isCut(single, this.#looks, frame, this.#settings) &&
      !isFlash(this.#looks, { first: frame + 1, last: frame + 1 }, this.#settings) &&
      !isFlash(this.#looks, { first: frame, last: frame }, this.#settings)
    );
  }

  /** The many head peaks at a cut, and stays high on both sides in a gradual transition. */
  #isWithinGradual(frame: number): boolean {
    const { threshold } = this.#settings.gradual;
    return [-2, 2].every((by) => (this.#probabilities.at(frame + by)?.many ?? 0) >= threshold);
  }

  #isGradual(span: Span): boolean {
    return span.firstFrame > this.#startFrame && leadsElsewhere(this.#looks, span, this.#settings);
  }

  #cut(frame: number, probability: number): void {
    this.#look(frame);
    this.#end(frame);
    this.#begin(frame + 1, { kind: 'cut', firstFrame: frame + 1, lastFrame: frame + 1, probability });
  }

  #endGradually({ firstFrame, lastFrame, probability }: Span): void {
    this.#look(firstFrame - 1);
    this.#end(firstFrame - 1);
    this.#begin(lastFrame + 1, { kind: 'gradual', firstFrame, lastFrame, probability });
  }

  #end(endFrame: number): void {
    const shot = { startFrame: this.#startFrame, endFrame };
    this.#ended.push({ ...shot, transitionIn: this.#transitionIn, keyframes: this.#keyframes.choose(shot) });
  }

  #begin(startFrame: number, transitionIn: Transition): void {
    this.#startFrame = startFrame;
    this.#wipes.forget();
    this.#transitionIn = transitionIn;
    this.#keyframes = new KeyframeChooser(this.#framesPerSecond, startFrame);
  }

  /** Shows the frames up to this one to the chooser of keyframes. */
  #look(last: number): void {
    for (let frame = this.#keyframes.next; frame <= last; frame += 1) this.#keyframes.add(this.#looks);
  }

  #forget(): void {
    const kept =
      Math.min(this.#keyframes.next, this.#span.firstFrame ?? this.#frame) - longestWipe - this.#looksAhead * 2;
    this.#looks.dropBefore(kept);
    this.#probabilities.dropBefore(kept);
  }
}
