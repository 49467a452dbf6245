import type { TransitionSettings } from '../contracts/models.ts';
import type { Transition } from '../contracts/shots.ts';
import type { TransitionProbability } from './cuts.ts';

type Span = Omit<Transition, 'kind'>;

/** Follows the many head: a span opens where it rises above the extent threshold and closes some frames after it fell. */
export class GradualSpan {
  readonly #settings: TransitionSettings['gradual'];
  #open: Span | undefined;

  constructor({ gradual }: Pick<TransitionSettings, 'gradual'>) {
    this.#settings = gradual;
  }

  /** First frame of the span that is open. */
  get firstFrame(): number | undefined {
    return this.#open?.firstFrame;
  }

  /** @returns the span that this frame has closed, where it may be a transition. */
  add(frame: number, { many }: TransitionProbability): Span | undefined {
    const { extentThreshold, gapFrames, maximumFrames } = this.#settings;
    if (many >= extentThreshold) {
      this.#open ??= { firstFrame: frame, lastFrame: frame, probability: 0 };
      this.#open.lastFrame = frame;
      this.#open.probability = Math.max(this.#open.probability, many);
      // So long a change is the shot itself: smoke, water, a crowd.
      if (frame - this.#open.firstFrame >= maximumFrames) this.#open = undefined;
      return undefined;
    }
    return this.#open !== undefined && frame - this.#open.lastFrame > gapFrames ? this.#close() : undefined;
  }

  /** Closes what is open because of a cut right after `frame`. @returns what lay clearly before the cut. */
  closeBefore(frame: number): Span | undefined {
    const span = this.#close();
    return span !== undefined && span.lastFrame < frame - 1 ? span : undefined;
  }

  #close(): Span | undefined {
    const span = this.#open;
    this.#open = undefined;
    const { threshold, minimumFrames } = this.#settings;
    if (span === undefined || span.probability < threshold) return undefined;
    return span.lastFrame - span.firstFrame + 1 >= minimumFrames ? span : undefined;
  }
}
