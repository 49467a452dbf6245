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

/**
 * Whether the video is cut between `frame` and the next: the single head says so and the picture jumps right there, or
 * the head says so faintly and the picture jumps as it does nowhere near.
 */
export function isCut({ single }: TransitionProbability, looks: Looks, frame: number, settings: CutSettings): boolean {
  const { cut } = settings;
  if (single < Math.min(cut.threshold, cut.supportedThreshold)) return false;
  const step = stepAfter(looks, frame);
  const around = largestStepAround(looks, frame, cut.stepFrames);
  const isDecisive = single >= cut.threshold && step > 0 && step >= around * cut.decisiveStepRatio;
  const isSupported =
    single >= cut.supportedThreshold && step >= cut.minimumStep && step >= around * cut.minimumStepRatio;
  const changed = isDecisive || isSupported ? changedShares(looks, frame, step) : { all: 0, unusual: 0 };
  if (isDecisive && changed.all >= cut.minimumChangedShare) return true;
  if (isSupported && changed.unusual >= cut.minimumUnusualShare) return true;
  return single >= cut.supportedThreshold && isUnderFlash(looks, frame, settings);
}

/** Whether the picture is calm, is lit by a flash, changes to another right there, and is calm again. */
function isUnderFlash(looks: Looks, frame: number, { cut, flash }: CutSettings): boolean {
  const [before, last, first, after] = [-1, 0, 1, 2].map((by) => looks.at(frame + by));
  if (before === undefined || last === undefined || first === undefined || after === undefined) return false;
  const lit = Math.max(last.brightness - before.brightness, first.brightness - after.brightness);
  const change = lookDistance(before, after);
  if (lit < 2 * flash.minimumBrightnessChange || change < cut.minimumStep) return false;
  for (let by = 2; by <= cut.stepFrames; by += 1)
    for (const near of [frame - by, frame + by])
      if (stepAfter(looks, near) * cut.minimumStepRatio > change) return false;
  return true;
}

/** A cell has changed where it has changed by so much of what the picture changes on average. */
const changedFrom = 0.2;
const nearFrames = 3;
/** Colour differences of the whole picture that no graphic over a third of it makes: another colour of the same luma. */
const otherColourFrom = 60;

/** The share of the picture that changes from this frame to the next, and that changes as it does at no frame near by. */
function changedShares(looks: Looks, frame: number, step: number): { all: number; unusual: number } {
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

function largestStepAround(looks: Looks, frame: number, reach: number): number {
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
