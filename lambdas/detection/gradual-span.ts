import type { TransitionSettings } from '../contracts/models.ts';
import type { Transition } from '../contracts/shots.ts';
import { type Looks, stepAfter, type TransitionProbability } from './cuts.ts';
import { type FrameLook, lookDistance } from './frame-look.ts';

export type Span = Omit<Transition, 'kind'>;

/** Frames without a picture that a fade through black or white may stay at. */
const longestFlat = 25;

/** Follows the many head: a span opens where it rises above the extent threshold and closes some frames after it fell. */
export class GradualSpan {
  readonly #settings: TransitionSettings['gradual'];
  #open: Span | undefined;
  #flatFrames = 0;

  constructor({ gradual }: Pick<TransitionSettings, 'gradual'>) {
    this.#settings = gradual;
  }

  /** First frame of the span that is open. */
  get firstFrame(): number | undefined {
    return this.#open?.firstFrame;
  }

  /** Whether what is open has already been probable enough for a transition. */
  get isProbable(): boolean {
    return this.#open !== undefined && this.#open.probability >= this.#settings.threshold;
  }

  /** @returns the span that this frame has closed, where it may be a transition. */
  add(frame: number, { many }: TransitionProbability, look: Pick<FrameLook, 'contrast'>): Span | undefined {
    const { extentThreshold, gapFrames, maximumFrames, flatContrast } = this.#settings;
    if (many >= extentThreshold) {
      this.#open ??= { firstFrame: frame, lastFrame: frame, probability: 0 };
      this.#open.lastFrame = frame;
      this.#open.probability = Math.max(this.#open.probability, many);
      this.#flatFrames = 0;
      // So long a change is the shot itself: smoke, water, a crowd.
      if (frame - this.#open.firstFrame >= maximumFrames) this.#open = undefined;
      return undefined;
    }
    if (look.contrast < flatContrast && this.#flatFrames < longestFlat) this.#flatFrames += 1;
    return this.#open !== undefined && frame - this.#flatFrames - this.#open.lastFrame > gapFrames
      ? this.#close()
      : undefined;
  }

  /** Closes what is open because of a cut right after `frame`. @returns what lay clearly before the cut. */
  closeBefore(frame: number): Span | undefined {
    const span = this.#close();
    return span !== undefined && span.lastFrame < frame - 1 ? span : undefined;
  }

  #close(): Span | undefined {
    const span = this.#open;
    this.#open = undefined;
    this.#flatFrames = 0;
    const { threshold, minimumFrames } = this.#settings;
    if (span === undefined || span.probability < threshold) return undefined;
    return span.lastFrame - span.firstFrame + 1 >= minimumFrames ? span : undefined;
  }
}

/** Frames on either side of a span that show how much the picture moves anyway. */
const calmFrames = 6;
/** How far past a span `leadsElsewhere` looks. */
export const spanLookAhead = calmFrames + 1;

/**
 * Whether the picture goes from one to another over the span, as in a dissolve or a fade, rather than to and fro, as in
 * flashing light, or past much that is neither, as in a whip pan. What moves anyway does not count.
 */
export function leadsElsewhere(
  looks: Looks,
  { firstFrame, lastFrame }: Pick<Span, 'firstFrame' | 'lastFrame'>,
  { gradual }: Pick<TransitionSettings, 'gradual'>,
): boolean {
  const before = looks.at(firstFrame - 1);
  const after = looks.at(lastFrame + 1);
  if (before === undefined || after === undefined) return false;
  const steps: number[] = [];
  let flattest = before;
  for (let frame = firstFrame - 1; frame <= lastFrame; frame += 1) {
    steps.push(stepAfter(looks, frame));
    const look = looks.at(frame);
    if (look !== undefined && frame >= firstFrame && look.contrast < flattest.contrast) flattest = look;
  }
  const through = flattest.contrast < gradual.flatContrast + 2;
  const way = through ? lookDistance(before, flattest) + lookDistance(flattest, after) : lookDistance(before, after);
  const total = steps.reduce((sum, step) => sum + step, 0);
  const moving = Math.max(1, total - usualStep(looks, firstFrame, lastFrame) * steps.length);
  return way >= gradual.minimumDirectness * moving && Math.max(...steps) <= gradual.maximumStepShare * way;
}

/** Median of the steps on either side. */
function usualStep(looks: Looks, firstFrame: number, lastFrame: number): number {
  const steps: number[] = [];
  for (let by = 1; by <= calmFrames; by += 1)
    steps.push(stepAfter(looks, firstFrame - 1 - by), stepAfter(looks, lastFrame + by));
  steps.sort((one, other) => one - other);
  return ((steps[calmFrames - 1] ?? 0) + (steps[calmFrames] ?? 0)) / 2;
}
