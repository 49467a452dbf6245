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

type Shown = Pick<FrameLook, 'cells' | 'sharpness'>;

/**
 * @param looks of each frame, the picture before and the one after included.
 * @param many the many head's largest answer within.
 * @returns undefined where it cannot be a wipe.
 */
export function wipeCourse(looks: readonly Shown[], many: number): WipeCourse | undefined {
  const film = new Film();
  film.show(looks);
  return film.wipeCourse(looks.length, many);
}

const logOdds = (probability: number): number => {
  const within = Math.min(Math.max(probability, 1e-4), 1 - 1e-4);
  return Math.log(within / (1 - within));
};

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

/** What cells do between the picture before and the one after. */
interface Courses {
  /** Of each cell, pictures after the first at which half of its change is done. */
  moments: number[];
  /** Sum over the cells of their change, each by the largest share of all its steps that lie within a quarter of the time. */
  quick: number;
  /** Sum over the cells of their mean distance from the nearer of both ends, on the way. */
  neither: number;
  /** The largest share of the cells of which a quarter of the change comes in one step. */
  active: number;
}

const cells = lookGrid.columns * lookGrid.rows;

/**
 * Pictures in one piece of memory, which is used again for the next ones: nine stretches that end with the same picture
 * are looked at for every frame, and share what is reckoned from their end.
 */
export class Film {
  #looks: readonly Shown[] = [];
  /** Of each picture every cell. */
  #luma = new Uint8Array(0);
  /** By how much each cell changes to the next picture, and in all steps from here to the last one. */
  #steps = new Uint8Array(0);
  #stepsLeft = new Uint32Array(0);
  /** Mean change of the cells in the largest step from here on. */
  #largestStepLeft = new Float64Array(0);

  show(looks: readonly Shown[]): void {
    this.#looks = looks;
    if (this.#largestStepLeft.length < looks.length) this.#reserve(looks.length);
    for (const [at, look] of looks.entries()) this.#luma.set(look.cells, at * cells);
    const last = looks.length - 1;
    this.#stepsLeft.fill(0, last * cells, looks.length * cells);
    this.#largestStepLeft[last] = 0;
    for (let at = last - 1; at >= 0; at -= 1)
      this.#largestStepLeft[at] = Math.max(this.#largestStepLeft[at + 1] as number, this.#step(at * cells));
  }

  #reserve(pictures: number): void {
    this.#luma = new Uint8Array(pictures * cells);
    this.#steps = new Uint8Array(pictures * cells);
    this.#stepsLeft = new Uint32Array(pictures * cells);
    this.#largestStepLeft = new Float64Array(pictures);
  }

  #step(from: number): number {
    const [luma, steps, left] = [this.#luma, this.#steps, this.#stepsLeft];
    let sum = 0;
    for (let place = from; place < from + cells; place += 1) {
      const step = Math.abs((luma[place] as number) - (luma[place + cells] as number));
      steps[place] = step;
      left[place] = (left[place + cells] as number) + step;
      sum += step;
    }
    return sum / cells;
  }

  /**
   * @param pictures how many of the last ones, the picture before and the one after included.
   * @param many the many head's largest answer within.
   * @returns undefined where it cannot be a wipe.
   */
  wipeCourse(pictures: number, many: number): WipeCourse | undefined {
    const first = this.#looks.length - pictures;
    const [before, after] = [this.#looks[first]?.cells, this.#looks.at(-1)?.cells] as [Uint8Array, Uint8Array];
    const { changed, change } = changeBetween(before, after);
    if (change < minimumChange || changed.length === 0) return undefined;
    let net = 0;
    let total = 0;
    for (const cell of changed) {
      net += difference(before, after, cell);
      total += this.#stepsLeft[first * cells + cell] as number;
    }
    const lasting = net / Math.max(1, total);
    if (lasting < minimumLasting) return undefined;
    const nets = changed.map((cell) => difference(before, after, cell));
    const { moments, quick, neither, active } = this.#coursesOf(changed, nets, first);
    const { spread, inOrder } = orderOf({ changed, nets, moments, net });
    return {
      features: {
        lasting,
        quick: quick / net,
        spread: spread / (pictures - 2),
        inOrder,
        active,
        step: (this.#largestStepLeft[first] as number) / change,
        changed: changed.length / cells,
        change: Math.log(change),
        probability: logOdds(many),
        length: Math.log(pictures - 2),
        sharpness: this.#sharpnessLeft(first),
        neither: neither / net,
      },
      firstMoment: Math.min(...moments),
      lastMoment: Math.max(...moments),
    };
  }

  #coursesOf(changed: readonly number[], nets: readonly number[], first: number): Courses {
    const active = new Uint8Array(this.#looks.length - 1 - first);
    const courses: Courses = { moments: [], quick: 0, neither: 0, active: 0 };
    for (const [at, cell] of changed.entries()) this.#follow({ cell, net: nets[at] as number, first }, courses, active);
    courses.active = Math.max(...active) / changed.length;
    return courses;
  }

  /** In one pass and without lists. */
  #follow(
    { cell, net, first }: { cell: number; net: number; first: number },
    courses: Courses,
    active: Uint8Array,
  ): void {
    const [luma, steps, count] = [this.#luma, this.#steps, active.length];
    const start = first * cells + cell;
    const before = luma[start] as number;
    const after = luma[start + count * cells] as number;
    const inside = count - 1;
    const width = Math.ceil(inside / 4) + 2;
    let within = 0;
    let most = 0;
    let astray = 0;
    let halfway = 0;
    for (let at = 1; at <= count; at += 1) {
      const place = start + at * cells;
      const step = steps[place - cells] as number;
      within += step;
      if (at > width) within -= steps[place - (1 + width) * cells] as number;
      if (within > most) most = within;
      if (4 * step > net) active[at - 1] = (active[at - 1] as number) + 1;
      const value = luma[place] as number;
      const fromBefore = Math.abs(before - value);
      if (halfway === 0 && 2 * fromBefore >= net) halfway = at;
      if (at <= inside) astray += Math.min(fromBefore, Math.abs(value - after));
    }
    courses.moments.push(halfway);
    courses.quick += (most / Math.max(1, this.#stepsLeft[start] as number)) * net;
    courses.neither += astray / inside;
  }

  #sharpnessLeft(first: number): number {
    const beside = Math.min(this.#looks[first]?.sharpness ?? 0, this.#looks.at(-1)?.sharpness ?? 0);
    let least = Number.POSITIVE_INFINITY;
    for (let at = first; at < this.#looks.length; at += 1)
      least = Math.min(least, this.#looks[at]?.sharpness ?? Number.POSITIVE_INFINITY);
    return (least + 1) / (beside + 1);
  }
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
  Float64Array.from({ length: cells }, (_, cell) =>
    shape(
      ((cell % lookGrid.columns) + 0.5) / lookGrid.columns,
      (Math.floor(cell / lookGrid.columns) + 0.5) / lookGrid.rows,
    ),
  ),
);

/** Standard deviation of the cells' moments, and the share of their variance that the best shape explains. */
function orderOf({
  changed,
  nets,
  moments,
  net,
}: {
  changed: readonly number[];
  nets: readonly number[];
  moments: readonly number[];
  net: number;
}): { spread: number; inOrder: number } {
  const middle = moments.reduce((sum, moment, at) => sum + (nets[at] as number) * moment, 0) / net;
  const variance = moments.reduce((sum, moment, at) => sum + (nets[at] as number) * (moment - middle) ** 2, 0) / net;
  let inOrder = 0;
  for (const shape of shapes) {
    let centre = 0;
    for (let at = 0; at < changed.length; at += 1)
      centre += (nets[at] as number) * (shape[changed[at] as number] as number);
    centre /= net;
    let own = 0;
    let shared = 0;
    for (let at = 0; at < changed.length; at += 1) {
      const off = (shape[changed[at] as number] as number) - centre;
      own += (nets[at] as number) * off ** 2;
      shared += (nets[at] as number) * (off * ((moments[at] as number) - middle));
    }
    own /= net;
    shared /= net;
    if (own > 1e-9 && variance > 1e-9) inOrder = Math.max(inOrder, shared ** 2 / (own * variance));
  }
  return { spread: Math.sqrt(variance), inOrder };
}
