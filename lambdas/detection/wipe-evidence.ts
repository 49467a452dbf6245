import { type FrameLook, lookGrid } from './frame-look.ts';

/** What a stretch of pictures shows of a wipe: in one, every part changes from what was to what will be once and quickly, one after another. */
export interface WipeFeatures {
  /** How much of all change is for good. */
  lasting: number;
  /** How much of a part's change comes within a quarter of the time. */
  quick: number;
  /** Standard deviation of the moments at which parts change, as a share of the stretch. */
  spread: number;
  /** How well some wipe's shape (level, upright, aslant, from the middle, round, like a hand of a clock) explains these moments: r squared. */
  inOrder: number;
  /** The largest share of the parts that change at the same time. */
  active: number;
  /** The largest step from one frame to the next, as a share of the change. */
  step: number;
  /** The share of the picture that changes. */
  changed: number;
  /** Logarithm of the mean change of luma. */
  change: number;
  /** Logarithm of the odds of the many head at its largest. */
  probability: number;
  /** Logarithm of the frames that it lasts: a camera is torn round in fewer. */
  length: number;
  /** How much sharpness the least sharp picture has left of what those before and after have: a camera that is torn round blurs. */
  sharpness: number;
  /** How far the parts are on the way from both what was and what will be, as a share of their change. */
  neither: number;
}
export const wipeFeatureNames = [
  'lasting',
  'quick',
  'spread',
  'inOrder',
  'active',
  'step',
  'changed',
  'change',
  'probability',
  'length',
  'sharpness',
  'neither',
] as const satisfies readonly (keyof WipeFeatures)[];

/** The logarithm of the odds that it is a wipe, less what is asked of one: an intercept and a weight a feature. */
export type WipeWeights = Readonly<Record<keyof WipeFeatures | 'intercept', number>>;

export const wipeEvidence = (features: WipeFeatures, weights: WipeWeights): number =>
  wipeFeatureNames.reduce((sum, name) => sum + weights[name] * features[name], weights.intercept);

export interface WipeCourse {
  features: WipeFeatures;
  /** Frames after the picture before, of the first and of the last change. */
  firstMoment: number;
  lastMoment: number;
}

/** A cell that changes less has not changed; the whole picture must change by more. */
const changedFrom = 8;
const minimumChange = 5;
/** Below it, what changes comes and goes: no wipe, and not worth to look at closer. */
const minimumLasting = 0.4;

/**
 * @param looks of each frame, the picture before and the one after included.
 * @param many the many head's largest answer within.
 * @returns undefined where it cannot be a wipe.
 */
export function wipeCourse(
  looks: readonly Pick<FrameLook, 'cells' | 'sharpness'>[],
  many: number,
): WipeCourse | undefined {
  const pictures = looks.map(({ cells }) => cells);
  const [before, after] = [pictures[0], pictures.at(-1)] as [Uint8Array, Uint8Array];
  const { changed, change } = changeBetween(before, after);
  if (change < minimumChange || changed.length === 0) return undefined;
  const { net, total } = changeOn(pictures, changed);
  const lasting = net / Math.max(1, total);
  if (lasting < minimumLasting) return undefined;
  const courses = changed.map((cell) => courseOf(pictures, cell));
  const { spread, inOrder } = orderOf(courses, net);
  const moments = courses.map(({ halfway }) => halfway);
  return {
    features: {
      lasting,
      quick: sumOf(courses, (course) => course.quickest * course.net) / net,
      spread: spread / (pictures.length - 2),
      inOrder,
      active: mostActive(courses),
      step: largestStep(pictures) / change,
      changed: changed.length / before.length,
      change: Math.log(change),
      probability: logOdds(many),
      length: Math.log(pictures.length - 2),
      sharpness: sharpnessLeft(looks),
      neither: sumOf(courses, (course) => course.neither) / net,
    },
    firstMoment: Math.min(...moments),
    lastMoment: Math.max(...moments),
  };
}

const logOdds = (probability: number): number => {
  const within = Math.min(Math.max(probability, 1e-4), 1 - 1e-4);
  return Math.log(within / (1 - within));
};

function sharpnessLeft(looks: readonly Pick<FrameLook, 'sharpness'>[]): number {
  const beside = Math.min(looks[0]?.sharpness ?? 0, looks.at(-1)?.sharpness ?? 0);
  const least = Math.min(...looks.map(({ sharpness }) => sharpness));
  return (least + 1) / (beside + 1);
}

/** What one cell does between two frames. */
interface CellCourse {
  cell: number;
  /** Change from before to after. */
  net: number;
  /** Change from each frame to the next. */
  steps: Uint8Array;
  /** The largest share of all change on the way that comes within a quarter of the time. */
  quickest: number;
  /** Frames after the first at which half of the change is done. */
  halfway: number;
  /** Mean distance from the nearer of both ends, on the way. */
  neither: number;
}

/** The cells that differ, and how much all do on average. */
export function changeBetween(before: Uint8Array, after: Uint8Array): { changed: number[]; change: number } {
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

/** How much these cells change from before to after, and in all steps on the way. */
function changeOn(pictures: readonly Uint8Array[], cells: readonly number[]): { net: number; total: number } {
  const [before, after] = [pictures[0], pictures.at(-1)] as [Uint8Array, Uint8Array];
  let net = 0;
  for (const cell of cells) net += difference(before, after, cell);
  let total = 0;
  for (let at = 1; at < pictures.length; at += 1)
    for (const cell of cells) total += difference(pictures[at - 1] as Uint8Array, pictures[at] as Uint8Array, cell);
  return { net, total };
}

/** In one pass and without lists: it is asked of every cell for nine lengths a frame. */
function courseOf(pictures: readonly Uint8Array[], cell: number): CellCourse {
  const [before, after] = [pictures[0], pictures.at(-1)] as [Uint8Array, Uint8Array];
  const net = difference(before, after, cell);
  const steps = new Uint8Array(pictures.length - 1);
  const inside = pictures.length - 2;
  const width = Math.ceil(inside / 4) + 2;
  let total = 0;
  let within = 0;
  let most = 0;
  let astray = 0;
  let halfway: number | undefined;
  for (let at = 1; at < pictures.length; at += 1) {
    const picture = pictures[at] as Uint8Array;
    const step = difference(pictures[at - 1] as Uint8Array, picture, cell);
    steps[at - 1] = step;
    total += step;
    within += step - (steps[at - 1 - width] ?? 0);
    most = Math.max(most, within);
    const fromBefore = difference(before, picture, cell);
    if (halfway === undefined && 2 * fromBefore >= net) halfway = at;
    if (at <= inside) astray += Math.min(fromBefore, difference(picture, after, cell));
  }
  return { cell, net, steps, quickest: most / Math.max(1, total), halfway: halfway ?? 0, neither: astray / inside };
}

/** The shapes in which wipes cross the picture, each a number for every cell that rises with the moment of its change. */
const shapes: readonly Float64Array[] = [
  (x: number) => x,
  (_x: number, y: number) => y,
  (x: number, y: number) => x + y,
  (x: number, y: number) => x - y,
  (x: number) => Math.abs(x - 0.5),
  (_x: number, y: number) => Math.abs(y - 0.5),
  (x: number, y: number) => Math.hypot((x - 0.5) * 1.6, y - 0.5),
  // A clock's hand, beginning at each of four hours.
  (x: number, y: number) => Math.atan2(x - 0.5, y - 0.5),
  (x: number, y: number) => Math.atan2(y - 0.5, x - 0.5),
  (x: number, y: number) => Math.atan2(0.5 - y, 0.5 - x),
  (x: number, y: number) => Math.atan2(0.5 - x, 0.5 - y),
].map((shape) =>
  Float64Array.from({ length: lookGrid.columns * lookGrid.rows }, (_, cell) =>
    shape(
      ((cell % lookGrid.columns) + 0.5) / lookGrid.columns,
      (Math.floor(cell / lookGrid.columns) + 0.5) / lookGrid.rows,
    ),
  ),
);

/** Standard deviation of the cells' moments, and the share of their variance that the best shape explains. */
function orderOf(courses: readonly CellCourse[], net: number): { spread: number; inOrder: number } {
  const middle = sumOf(courses, (course) => course.net * course.halfway) / net;
  const variance = sumOf(courses, (course) => course.net * (course.halfway - middle) ** 2) / net;
  let inOrder = 0;
  for (const shape of shapes) {
    let centre = 0;
    for (const course of courses) centre += course.net * (shape[course.cell] as number);
    centre /= net;
    let own = 0;
    let shared = 0;
    for (const course of courses) {
      const off = (shape[course.cell] as number) - centre;
      own += course.net * off ** 2;
      shared += course.net * (off * (course.halfway - middle));
    }
    own /= net;
    shared /= net;
    if (own > 1e-9 && variance > 1e-9) inOrder = Math.max(inOrder, shared ** 2 / (own * variance));
  }
  return { spread: Math.sqrt(variance), inOrder };
}

/** Mean change of the cells from one frame to the next, where it is largest. */
function largestStep(pictures: readonly Uint8Array[]): number {
  let largest = 0;
  for (let at = 1; at < pictures.length; at += 1)
    largest = Math.max(largest, changeBetween(pictures[at - 1] as Uint8Array, pictures[at] as Uint8Array).change);
  return largest;
}

/** The largest share of the cells of which a quarter of the change comes from one frame to the next. */
function mostActive(courses: readonly CellCourse[]): number {
  let most = 0;
  for (let at = 0; at < (courses[0]?.steps.length ?? 0); at += 1) {
    let active = 0;
    for (const { net, steps } of courses) if (4 * (steps[at] as number) > net) active += 1;
    most = Math.max(most, active / courses.length);
  }
  return most;
}
