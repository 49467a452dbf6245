import type { FrameHistory } from './frame-history.ts';
import { type FrameLook, lookDistance } from './frame-look.ts';

/** Frames so near to an edge may still hold a part of the transition, an out-of-focus start or a whip pan. */
const edgeShare = 0.15;
/** Outside of this range a picture is too dark or too burnt out to be recognised small. */
const darkBelow = 32;
const burntAbove = 224;
/** A frame is compared with so many on either side to see whether a flash lights it. */
const blinkFrames = 4;
/** One keyframe for each so many seconds of a shot, and no more than so many. */
const secondsPerKeyframe = 8;
const mostKeyframes = 6;
/** Pictures nearer than this tell nothing that the first does not. */
const sameBelow = 6;
/** Frames handed on for each keyframe, to be looked at in full size: their sharpness shows only there. */
const candidatesPerKeyframe = 3;
/** Frames remembered of a shot; of a longer one each stands for several. */
const mostRemembered = 256;

interface Candidate {
  frame: number;
  score: number;
  look: FrameLook;
}

/**
 * Watches a shot's frames go by and names those that may stand for it: away from its edges, well exposed, sharp, rich in
 * contrast, still, and not lit by a flash. Remembers at most 256 frames of a shot of any length.
 */
export class KeyframeChooser {
  readonly #framesPerSecond: number;
  #best: Candidate[] = [];
  /** Frames for which each remembered one stands. */
  #stride = 1;
  #first: number;
  #next: number;

  constructor(framesPerSecond: number, startFrame = 0) {
    this.#framesPerSecond = framesPerSecond;
    this.#first = startFrame;
    this.#next = startFrame;
  }

  /** The frame that `add` takes next. */
  get next(): number {
    return this.#next;
  }

  /** @param looks of the next frame and of a few on either side of it, so far as they exist. */
  add(looks: Pick<FrameHistory<FrameLook>, 'at'>): void {
    const frame = this.#next;
    const look = looks.at(frame);
    this.#next += 1;
    if (look === undefined) return;
    const candidate = { frame, look, score: quality(look) - blink(looks, frame, look) };
    const place = Math.floor((frame - this.#first) / this.#stride);
    const held = this.#best[place];
    if (held === undefined || candidate.score > held.score) this.#best[place] = candidate;
    if (this.#best.length > mostRemembered) this.#halve();
  }

  /**
   * @param shot ends with or before the last frame that was added.
   * @returns one entry a keyframe, the one that stands for the shot first; in each the frames to choose from, best first.
   */
  choose({ startFrame, endFrame }: { startFrame: number; endFrame: number }): number[][] {
    const length = endFrame - startFrame + 1;
    const count = wantedKeyframes(length / this.#framesPerSecond);
    const partLength = length / count;
    const parts = Array.from({ length: count }, (_, part) => {
      const first = startFrame + Math.round(part * partLength);
      const last = startFrame + Math.round((part + 1) * partLength) - 1;
      return this.#ranked(first, last);
    }).filter((part) => part.length > 0);
    const middle = (startFrame + endFrame) / 2;
    const rank = ([best]: Candidate[]) =>
      (best as Candidate).score - Math.abs((best as Candidate).frame - middle) / length;
    parts.sort((one, other) => rank(other) - rank(one));
    const chosen: Candidate[][] = [];
    for (const part of parts) {
      const news = part.filter(
        ({ look }) =>
          chosen.length === 0 ||
          (quality(look) > 0 && chosen.flat().every((earlier) => lookDistance(earlier.look, look) >= sameBelow)),
      );
      if (news.length > 0) chosen.push(apart(news, this.#framesPerSecond));
    }
    return chosen.length > 0 ? chosen.map((part) => part.map(({ frame }) => frame)) : [[Math.floor(middle)]];
  }

  /** The remembered frames of a part of the shot that lie away from the part's edges, best first. */
  #ranked(first: number, last: number): Candidate[] {
    const length = last - first + 1;
    const margin = Math.floor(length * edgeShare);
    const middle = (first + last) / 2;
    return (
      this.#best
        .filter(({ frame }) => frame >= first + margin && frame <= last - margin)
        // A grain of preference: it decides between frames alike, as in a still.
        .map((candidate) => ({ ...candidate, score: candidate.score - Math.abs(candidate.frame - middle) / length }))
        .sort((one, other) => other.score - one.score || one.frame - other.frame)
    );
  }

  #halve(): void {
    const halved: Candidate[] = [];
    this.#best.forEach((candidate, at) => {
      const place = Math.floor(at / 2);
      const held = halved[place];
      if (held === undefined || candidate.score > held.score) halved[place] = candidate;
    });
    this.#best = halved;
    this.#stride *= 2;
  }
}

export const wantedKeyframes = (seconds: number): number =>
  Math.min(mostKeyframes, 1 + Math.floor(seconds / secondsPerKeyframe));

/** The best of a part and the next ones that are not its neighbours, which would be as blurred as it is. */
function apart(part: readonly Candidate[], framesPerSecond: number): Candidate[] {
  const distance = Math.max(1, Math.round(framesPerSecond / 5));
  const chosen: Candidate[] = [];
  for (const candidate of part) {
    if (chosen.length === candidatesPerKeyframe) break;
    if (chosen.every(({ frame }) => Math.abs(frame - candidate.frame) >= distance)) chosen.push(candidate);
  }
  return chosen;
}

function quality({ brightness, contrast, motion, sharpness }: FrameLook): number {
  const badlyExposed = Math.max(0, darkBelow - brightness) + Math.max(0, brightness - burntAbove);
  return contrast + sharpness - motion - 2 * badlyExposed;
}

/** How far a frame's brightness is from what it is around it: a flash, or a lamp that flickers. */
function blink(looks: Pick<FrameHistory<FrameLook>, 'at'>, frame: number, look: FrameLook): number {
  const around: number[] = [];
  for (let near = frame - blinkFrames; near <= frame + blinkFrames; near += 1) {
    const brightness = looks.at(near)?.brightness;
    if (brightness !== undefined) around.push(brightness);
  }
  around.sort((one, other) => one - other);
  const median = around[Math.floor(around.length / 2)] ?? look.brightness;
  return 2 * Math.max(0, Math.abs(look.brightness - median) - 2);
}
