import type { TransitionSettings } from '../contracts/models.ts';
import { type Looks, stepAfter, type TransitionProbability } from './cuts.ts';
import type { FrameHistory } from './frame-history.ts';
import type { Span } from './gradual-span.ts';
import { slideAcross } from './slides.ts';

/** Lengths that are tried; a wipe between two of them is found by the nearer one. */
const lengths = [8, 10, 12, 15, 19, 24, 30, 38, 44];
export const longestWipe = 44;
/** A cell that changes less has not changed; the whole picture must change by more. */
const changedFrom = 8;
const minimumChange = 12;
/** A wipe is told of once it has not grown for so many frames. */
const settledFrames = 3;

type Probabilities = Pick<FrameHistory<TransitionProbability>, 'at'>;
interface Candidate extends Span {
  change: number;
}

/**
 * Finds wipes and slides by the looks alone, where the model has at least an inkling: in a wipe every cell of the
 * picture changes from what was to what will be once and quickly, one after another; in a slide both pictures move; in a
 * pan or a zoom all change all the time, in a dissolve all at once.
 */
export class WipeFinder {
  readonly #settings: TransitionSettings['wipe'];
  #pending: Candidate | undefined;

  constructor({ wipe }: Pick<TransitionSettings, 'wipe'>) {
    this.#settings = wipe;
  }

  /** @returns the wipe that this frame shows to be over. */
  add(looks: Looks, probabilities: Probabilities, frame: number): Span | undefined {
    const candidate = this.#endingAt(looks, probabilities, frame);
    const pending = this.#pending;
    if (candidate !== undefined && (pending === undefined || candidate.change >= pending.change)) {
      const firstFrame = Math.min(candidate.firstFrame, pending?.firstFrame ?? candidate.firstFrame);
      this.#pending = { ...candidate, firstFrame };
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

  #endingAt(looks: Looks, probabilities: Probabilities, last: number): Candidate | undefined {
    let best: (Candidate & { distinctness: number }) | undefined;
    let probability = 0;
    let seen = last + 1;
    for (const length of lengths) {
      const first = last - length + 1;
      for (; seen > first; seen -= 1) probability = Math.max(probability, probabilities.at(seen - 1)?.many ?? 0);
      if (probability < this.#settings.supportedThreshold) continue;
      const found =
        distinctWipe(looks, first, last, this.#settings) ??
        (this.#mayBeSlide(probability) ? slide(looks, first, last, this.#settings) : undefined);
      if (found !== undefined && found.distinctness > (best?.distinctness ?? 0)) best = { ...found, probability };
    }
    return best;
  }
}

interface Found {
  firstFrame: number;
  lastFrame: number;
  change: number;
  distinctness: number;
}

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
  if (change < minimumChange || !movesMoreThanBeside(looks, first, last)) return undefined;
  const found = slideAcross(picturesOf(looks, first, last), maximumSlideResidual * change);
  return found === undefined
    ? undefined
    : {
        firstFrame: first - 1 + found.first,
        lastFrame: first - 1 + found.last,
        change,
        distinctness: 1 - found.residual / change,
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

/** The cells of these frames, of the one before and of the one after; none where one is missing. */
function picturesOf(looks: Looks, first: number, last: number): Uint8Array[] {
  const pictures: Uint8Array[] = [];
  for (let frame = first - 1; frame <= last + 1; frame += 1) {
    const cells = looks.at(frame)?.cells;
    if (cells === undefined) return [];
    pictures.push(cells);
  }
  return pictures;
}

/** What one cell does between two frames. */
interface CellCourse {
  /** Change from before to after. */
  net: number;
  /** All change on the way. */
  total: number;
  /** The largest share of it within a quarter of the time. */
  quickest: number;
  /** Frames after the first at which half of the change is done. */
  halfway: number;
}

function distinctWipe(
  looks: Looks,
  first: number,
  last: number,
  settings: TransitionSettings['wipe'],
): Found | undefined {
  const [before, after] = [looks.at(first - 1)?.cells, looks.at(last + 1)?.cells];
  if (before === undefined || after === undefined) return undefined;
  const { changed, change } = changeBetween(before, after);
  if (changed.length < settings.minimumChangedShare * before.length || change < minimumChange) return undefined;
  const pictures = picturesOf(looks, first, last);
  if (largestStep(pictures) > settings.maximumStepShare * change) return undefined;
  const courses = changed.map((cell) => courseOf(pictures, cell));
  const net = sumOf(courses, (course) => course.net);
  const lasting =
    net /
    Math.max(
      1,
      sumOf(courses, (course) => course.total),
    );
  const quick = sumOf(courses, (course) => course.quickest * course.net) / net;
  const middle = sumOf(courses, (course) => course.halfway) / courses.length;
  const deviation = Math.sqrt(sumOf(courses, (course) => (course.halfway - middle) ** 2) / courses.length);
  const distinctness = lasting * quick;
  if (distinctness < settings.minimumDistinctness) return undefined;
  if (deviation < settings.minimumSpread * (last - first + 1)) return undefined;
  if (mostActive(pictures, changed) > settings.maximumActiveShare) return undefined;
  // Half of a cell's change lies about half a cell's time from the wipe's own end.
  const margin = Math.ceil((last - first + 1) / 16);
  const moments = courses.map(({ halfway }) => first - 1 + halfway);
  return {
    firstFrame: Math.max(first, Math.min(...moments) - margin),
    lastFrame: Math.min(last, Math.max(...moments) + margin),
    change,
    distinctness,
  };
}

/** The cells that differ, and how much all do on average. */
function changeBetween(before: Uint8Array, after: Uint8Array): { changed: number[]; change: number } {
  const changed: number[] = [];
  let sum = 0;
  for (let cell = 0; cell < before.length; cell += 1) {
    const by = difference(before, after, cell);
    sum += by;
    if (by > changedFrom) changed.push(cell);
  }
  return { changed, change: sum / before.length };
}

const difference = (one: Uint8Array, other: Uint8Array, cell: number): number =>
  Math.abs((one[cell] ?? 0) - (other[cell] ?? 0));
const sumOf = (courses: readonly CellCourse[], value: (course: CellCourse) => number): number =>
  courses.reduce((sum, course) => sum + value(course), 0);

function courseOf(pictures: readonly Uint8Array[], cell: number): CellCourse {
  const [before, after] = [pictures[0], pictures.at(-1)] as [Uint8Array, Uint8Array];
  const net = difference(before, after, cell);
  const steps = pictures.slice(1).map((picture, at) => difference(picture, pictures[at] as Uint8Array, cell));
  const total = steps.reduce((sum, step) => sum + step, 0);
  const width = Math.ceil((pictures.length - 2) / 4) + 2;
  let within = 0;
  let most = 0;
  steps.forEach((step, at) => {
    within += step - (steps[at - width] ?? 0);
    most = Math.max(most, within);
  });
  const halfway = pictures.findIndex((picture) => 2 * difference(before, picture, cell) >= net);
  return { net, total, quickest: most / Math.max(1, total), halfway };
}

/** Mean change of the cells from one frame to the next, where it is largest. */
function largestStep(pictures: readonly Uint8Array[]): number {
  let largest = 0;
  for (let at = 1; at < pictures.length; at += 1)
    largest = Math.max(largest, changeBetween(pictures[at - 1] as Uint8Array, pictures[at] as Uint8Array).change);
  return largest;
}

/** The largest share of the cells that change much from one frame to the next. */
function mostActive(pictures: readonly Uint8Array[], changed: readonly number[]): number {
  const [before, after] = [pictures[0], pictures.at(-1)] as [Uint8Array, Uint8Array];
  let most = 0;
  for (let at = 1; at < pictures.length; at += 1) {
    const [one, other] = [pictures[at - 1], pictures[at]] as [Uint8Array, Uint8Array];
    const active = changed.filter((cell) => 4 * difference(one, other, cell) > difference(before, after, cell));
    most = Math.max(most, active.length / changed.length);
  }
  return most;
}
