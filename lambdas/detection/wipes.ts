import type { TransitionSettings } from '../contracts/models.ts';
import { type Looks, stepAfter, type TransitionProbability } from './cuts.ts';
import type { FrameHistory } from './frame-history.ts';
import type { FrameLook } from './frame-look.ts';
import type { Span } from './gradual-span.ts';
import { slideAcross } from './slides.ts';
import { changeBetween, Film, wipeEvidence } from './wipe-evidence.ts';

/** Lengths that are tried; a wipe between two of them is found by the nearer one. */
export const wipeLengths = [8, 10, 12, 15, 19, 24, 30, 38, 44];
export const longestWipe = 44;
/** In a slide the whole picture changes by more. */
const minimumSlideChange = 12;
/** A wipe is told of once it has not grown for so many frames. */
const settledFrames = 3;

type Probabilities = Pick<FrameHistory<TransitionProbability>, 'at'>;
interface Candidate extends Span {
  evidence: number;
}

/**
 * Finds wipes and slides by the looks, where the model has at least an inkling: in a wipe every cell of the picture
 * changes from what was to what will be once and quickly, one after another; in a slide both pictures move; in a pan or
 * a zoom all change all the time, in a dissolve all at once.
 */
export class WipeFinder {
  readonly #settings: TransitionSettings['wipe'];
  readonly #film = new Film();
  #pending: Candidate | undefined;

  constructor({ wipe }: Pick<TransitionSettings, 'wipe'>) {
    this.#settings = wipe;
  }

  /** @returns the wipe that this frame shows to be over. */
  add(looks: Looks, probabilities: Probabilities, frame: number): Span | undefined {
    const candidate = this.#endingAt(looks, probabilities, frame);
    const pending = this.#pending;
    if (candidate !== undefined && (pending === undefined || candidate.evidence >= pending.evidence)) {
      this.#pending = candidate;
      return undefined;
    }
    if (pending === undefined || frame - pending.lastFrame < settledFrames) return undefined;
    this.#pending = undefined;
    return pending;
  }

  /** A cut, or another transition, has explained what was going on. */
  forget(): void {
    this.#pending = undefined;
  }

  /** Where the model is sure of something it is a camera that is torn round rather. */
  #mayBeSlide(probability: number): boolean {
    const { minimumSlideProbability, maximumSlideProbability } = this.#settings;
    return probability >= minimumSlideProbability && probability < maximumSlideProbability;
  }

  #wipe(first: number, last: number, probability: number): Found | undefined {
    const course = this.#film.wipeCourse(last - first + 3, probability);
    if (course === undefined) return undefined;
    const evidence = wipeEvidence(course.features, this.#settings.evidence);
    if (evidence < 0) return undefined;
    // Half of a cell's change lies about half a cell's time from the wipe's own end.
    const margin = Math.ceil((last - first + 1) / 16);
    return {
      firstFrame: Math.max(first, first - 1 + course.firstMoment - margin),
      lastFrame: Math.min(last, first - 1 + course.lastMoment + margin),
      evidence,
    };
  }

  /** @returns how many pictures before, within and after the longest wipe that may end with this frame there are. */
  #show(looks: Looks, last: number): number {
    const shown: FrameLook[] = [];
    for (let frame = last + 1; frame >= last - longestWipe; frame -= 1) {
      const look = looks.at(frame);
      if (look === undefined) break;
      shown.push(look);
    }
    if (shown.length > 0) this.#film.show(shown.reverse());
    return shown.length;
  }

  #endingAt(looks: Looks, probabilities: Probabilities, last: number): Candidate | undefined {
    let best: Candidate | undefined;
    let probability = 0;
    let seen = last + 1;
    let shown: number | undefined;
    for (const length of wipeLengths) {
      const first = last - length + 1;
      for (; seen > first; seen -= 1) probability = Math.max(probability, probabilities.at(seen - 1)?.many ?? 0);
      if (probability < this.#settings.supportedThreshold) continue;
      shown ??= this.#show(looks, last);
      if (length + 2 > shown) break;
      const found =
        this.#wipe(first, last, probability) ??
        (this.#mayBeSlide(probability) ? slide(looks, first, last, this.#settings) : undefined);
      if (found !== undefined && found.evidence > (best?.evidence ?? Number.NEGATIVE_INFINITY))
        best = { ...found, probability };
    }
    return best;
  }
}

type Found = Omit<Candidate, 'probability'>;

/** The picture moves within a slide so many times as much as beside it. */
const slideStepRatio = 2;
const besideFrames = 2;

function slide(
  looks: Looks,
  first: number,
  last: number,
  { maximumSlideResidual }: TransitionSettings['wipe'],
): Found | undefined {
  const [before, after] = [looks.at(first - 1)?.cells, looks.at(last + 1)?.cells];
  if (before === undefined || after === undefined) return undefined;
  const { change } = changeBetween(before, after);
  if (change < minimumSlideChange || !movesMoreThanBeside(looks, first, last)) return undefined;
  const found = slideAcross(
    looksOf(looks, first, last).map(({ cells }) => cells),
    maximumSlideResidual * change,
  );
  return found === undefined
    ? undefined
    : {
        firstFrame: first - 1 + found.first,
        lastFrame: first - 1 + found.last,
        // Of a slide no more is asked than that it is one.
        evidence: 0,
      };
}

function movesMoreThanBeside(looks: Looks, first: number, last: number): boolean {
  let most = 0;
  for (let by = 1; by <= besideFrames; by += 1)
    most = Math.max(most, stepAfter(looks, first - 1 - by), stepAfter(looks, last + by));
  let sum = 0;
  for (let frame = first - 1; frame <= last; frame += 1) sum += stepAfter(looks, frame);
  return sum >= slideStepRatio * most * (last - first + 2);
}

/** The looks of these frames, of the one before and of the one after; none where one is missing. */
function looksOf(looks: Looks, first: number, last: number): FrameLook[] {
  const found: FrameLook[] = [];
  for (let frame = first - 1; frame <= last + 1; frame += 1) {
    const look = looks.at(frame);
    if (look === undefined) return [];
    found.push(look);
  }
  return found;
}
