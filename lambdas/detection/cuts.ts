import type { TransitionSettings } from '../contracts/models.ts';
import type { FrameHistory } from './frame-history.ts';
import { type FrameLook, lookDistance } from './frame-look.ts';

/** The two heads of TransNetV2 at one frame: `single` peaks at one frame a transition, `many` covers a gradual one. */
export interface TransitionProbability {
  single: number;
  many: number;
}

type CutSettings = Pick<TransitionSettings, 'cut' | 'flash'>;

export type Looks = Pick<FrameHistory<FrameLook>, 'at'>;

/** How much the picture changes from this frame to the next; 0 where there is none. */
export function stepAfter(looks: Looks, frame: number): number {
  const one = looks.at(frame);
  const other = looks.at(frame + 1);
  return one === undefined || other === undefined ? 0 : lookDistance(one, other);
}

/** The single head's answer at a frame; 0 where there is none. */
export type SingleAt = (frame: number) => number;

/**
 * Whether the video is cut between `frame` and the next. The less sure the single head is, the more of the picture must
 * change there as it does at no frame near by; where it is in doubt, the picture must jump right there as well.
 */
export function isCut(single: number, looks: Looks, frame: number, { cut }: CutSettings): boolean {
  if (single < cut.minimumProbability) return false;
  const isInDoubt = single < cut.sureProbability;
  const step = stepAfter(looks, frame);
  const ratio = isInDoubt ? cut.minimumDoubtfulStepRatio : cut.minimumStepRatio;
  if (step === 0 || step < largestStepAround(looks, frame, cut.stepFrames) * ratio) return false;
  const changed = changedShares(looks, frame, step);
  if (changed.all < cut.minimumChangedShare) return false;
  if (isInDoubt && changed.unusual < cut.minimumDoubtfulUnusualShare) return false;
  return logit(single) + cut.unusualWeight * changed.unusual >= cut.minimumEvidence;
}

const logit = (probability: number): number => Math.log(probability / Math.max(1 - probability, 1e-6));

/** A flash over a cut lights so many frames at most. */
const longestLit = 3;
/** Frames past a cut whose probabilities are awaited: what the single head says later must not count, known or not. */
export const probabilitiesAhead = 2;

/**
 * Whether the picture is calm, is lit by a flash, and is calm again but another one: then the flash hides a cut. Of the
 * frames that are lit, and the one before them, the cut comes after the one of which the head is surest.
 */
export function isCutUnderFlash(singleAt: SingleAt, looks: Looks, frame: number, settings: CutSettings): boolean {
  if (singleAt(frame) < settings.cut.underFlashProbability) return false;
  for (let before = frame - longestLit; before <= frame; before += 1)
    for (let after = Math.max(frame + 1, before + 2); after <= before + longestLit + 1; after += 1) {
      const rivals = framesBetween(before - 1, Math.min(after, frame + probabilitiesAhead + 1));
      const isSurest = rivals.every((other) => singleAt(other) <= singleAt(frame));
      if (isSurest && leavesAnotherPicture(looks, before, after, settings)) return true;
    }
  return false;
}

/**
 * Whether all frames between these two are lit, and the two show different pictures, each calm on its own side and not
 * soon there again on the other.
 */
function leavesAnotherPicture(looks: Looks, before: number, after: number, { cut, flash }: CutSettings): boolean {
  const one = looks.at(before);
  const other = looks.at(after);
  if (one === undefined || other === undefined) return false;
  const change = lookDistance(one, other);
  if (isOneInOtherLight(one, other, flash.maximumLightResidual)) return false;
  if (change < cut.minimumFlashedStep || !areLit(looks, before, after, 2 * flash.minimumBrightnessChange)) return false;
  for (let by = 1; by < cut.stepFrames; by += 1)
    for (const near of [before - by, after + by - 1])
      if (stepAfter(looks, near) * cut.minimumFlashedStepRatio > change) return false;
  const isNear = (look: FrameLook, frame: number) => {
    const near = looks.at(frame);
    return near !== undefined && lookDistance(look, near) <= flash.returnShare * change;
  };
  const reach = flash.frames - longestLit;
  for (let by = 1; by <= reach; by += 1) if (isNear(one, after + by) || isNear(other, before - by)) return false;
  const differing = one.cells.filter((luma, cell) => Math.abs(luma - (other.cells[cell] ?? 0)) > changedFrom * change);
  return differing.length >= cut.minimumChangedShare * one.cells.length;
}

/** Whether each frame between these two is brighter than the one of them whose picture it shows, and one than both. */
function areLit(looks: Looks, before: number, after: number, by: number): boolean {
  const brightness = (frame: number) => looks.at(frame)?.brightness ?? 0;
  const lit = framesBetween(before, after);
  const brightest = Math.max(...lit.map(brightness));
  if (brightest < Math.max(brightness(before), brightness(after)) + by) return false;
  return framesBetween(before, after + 1).some((cut) =>
    lit.every((frame) => brightness(frame) >= brightness(frame < cut ? before : after) + by),
  );
}

const framesBetween = (one: number, other: number): number[] =>
  Array.from({ length: Math.max(0, other - one - 1) }, (_, at) => one + 1 + at);

/** A cell has changed where it has changed by so much of what the picture changes on average. */
const changedFrom = 0.2;
const nearFrames = 3;
/** Colour differences of the whole picture that no graphic over a third of it makes: another colour of the same luma. */
const otherColourFrom = 60;

/** The share of the picture that changes from this frame to the next, and that changes as it does at no frame near by. */
export function changedShares(looks: Looks, frame: number, step: number): { all: number; unusual: number } {
  const one = looks.at(frame);
  const other = looks.at(frame + 1);
  if (one === undefined || other === undefined) return { all: 0, unusual: 0 };
  if (Math.abs(one.cb - other.cb) + Math.abs(one.cr - other.cr) > otherColourFrom) return { all: 1, unusual: 1 };
  const usual = new Uint8Array(one.cells.length);
  for (let by = 1; by <= nearFrames; by += 1)
    for (const near of [frame - by, frame + by]) {
      const [before, after] = [looks.at(near), looks.at(near + 1)];
      if (before !== undefined && after !== undefined)
        usual.forEach((most, cell) => {
          usual[cell] = Math.max(most, Math.abs((before.cells[cell] ?? 0) - (after.cells[cell] ?? 0)));
        });
    }
  const limit = Math.max(1, changedFrom * step);
  const changes = one.cells.map((luma, cell) => Math.abs(luma - (other.cells[cell] ?? 0)));
  const changed = changes.filter((change) => change > limit).length;
  const unusual = changes.filter((change, cell) => change > Math.max(limit, usual[cell] ?? 0)).length;
  return { all: changed / changes.length, unusual: unusual / changes.length };
}

export function largestStepAround(looks: Looks, frame: number, reach: number): number {
  let largest = 0;
  for (let near = frame - reach; near <= frame + reach; near += 1)
    if (near !== frame) largest = Math.max(largest, stepAfter(looks, near));
  return largest;
}

/**
 * Whether the pictures from `first` to `last` are a flash or a flicker of light within one shot: soon after them the
 * picture is as it was soon before, and in between it was brighter or darker.
 * @param first the first frame after the jump; `last` the last one before the picture settles.
 */
export function isFlash(
  looks: Looks,
  { first, last }: { first: number; last: number },
  { flash }: Pick<TransitionSettings, 'flash'>,
): boolean {
  for (let before = first - 1; before >= first - flash.frames; before -= 1)
    for (let after = last + 1; after <= last + flash.frames; after += 1)
      if (after - before <= flash.frames + 1 + (last - first) && returns(looks, before, after, flash)) return true;
  return false;
}

/** Cells above are cut off by the camera and do not follow the light. */
const saturatedFrom = 245;
const fewestCells = 10;
/** Of the cells' luma: a picture so even is a multiple of any other. */
const evenDeviation = 8;

/** Whether two pictures are one in another light, as under a strobe: every part of it is multiplied by one number. */
export function isOneInOtherLight(one: FrameLook, other: FrameLook, maximumResidual: number): boolean {
  const pairs: [number, number][] = [];
  one.cells.forEach((luma, cell) => {
    const otherLuma = other.cells[cell] ?? 0;
    if (luma < saturatedFrom && otherLuma < saturatedFrom) pairs.push([luma, otherLuma]);
  });
  const isEven = [0, 1].some((side) => deviation(pairs.map((pair) => pair[side] as number)) < evenDeviation);
  if (pairs.length < fewestCells || isEven) return false;
  const sum = (of: (pair: [number, number]) => number) => pairs.reduce((total, pair) => total + of(pair), 0);
  const gain =
    sum(([luma, otherLuma]) => luma * otherLuma) /
    Math.max(
      1,
      sum(([luma]) => luma * luma),
    );
  const left = sum(([luma, otherLuma]) => Math.abs(otherLuma - gain * luma));
  return left <= maximumResidual * sum(([luma, otherLuma]) => Math.abs(otherLuma - luma));
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length));
}

/** Whether `before` and `after` show the same picture, and some frame between them the same in another light. */
function returns(looks: Looks, before: number, after: number, flash: TransitionSettings['flash']): boolean {
  const one = looks.at(before);
  const other = looks.at(after);
  if (one === undefined || other === undefined) return false;
  const change = lookDistance(one, other);
  for (let between = before + 1; between < after; between += 1) {
    const lit = looks.at(between);
    if (lit === undefined) continue;
    const brightening = Math.min(
      Math.abs(lit.brightness - one.brightness),
      Math.abs(lit.brightness - other.brightness),
    );
    if (brightening < flash.minimumBrightnessChange) continue;
    if (change <= flash.returnShare * Math.min(lookDistance(one, lit), lookDistance(lit, other))) return true;
  }
  return false;
}
