import { frameSize } from './frames.ts';

/** What is kept of each small frame once its window has been sent: luma from 0 to 255. */
export interface FrameLook {
  brightness: number;
  /** Standard deviation of luma: low for black, white, blurred and empty pictures. */
  contrast: number;
  /** Mean absolute change of luma since the frame before. */
  motion: number;
}

/** Sums up one frame after another; holds one frame. */
export class FrameObserver {
  #previous: Float32Array | undefined;

  look(frame: Buffer): FrameLook {
    const pixels = frameSize.width * frameSize.height;
    const luma = new Float32Array(pixels);
    let sum = 0;
    let squares = 0;
    let change = 0;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      // Rec. 601 weights: of the gamma-coded values, as everywhere in video.
      const value =
        0.299 * (frame[pixel * 3] ?? 0) + 0.587 * (frame[pixel * 3 + 1] ?? 0) + 0.114 * (frame[pixel * 3 + 2] ?? 0);
      luma[pixel] = value;
      sum += value;
      squares += value * value;
      change += Math.abs(value - (this.#previous?.[pixel] ?? value));
    }
    this.#previous = luma;
    const brightness = sum / pixels;
    const contrast = Math.sqrt(Math.max(0, squares / pixels - brightness * brightness));
    return { brightness, contrast, motion: change / pixels };
  }
}

/** Frames so near to a cut may still hold a part of the transition, an out-of-focus start or a whip pan. */
const edgeShare = 0.15;
/** Outside of this range a picture is too dark or too burnt out to be recognised small. */
const darkBelow = 32;
const burntAbove = 224;

/**
 * The frame that stands for a shot: away from its edges, well exposed, rich in contrast and still; of equal ones
 * the one nearest to the middle.
 */
export function chooseKeyframe(looks: readonly FrameLook[], startFrame: number, endFrame: number): number {
  const margin = Math.floor((endFrame - startFrame + 1) * edgeShare);
  const middle = (startFrame + endFrame) / 2;
  const length = endFrame - startFrame + 1;
  let best = Math.floor(middle);
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let frame = startFrame + margin; frame <= endFrame - margin; frame += 1) {
    const look = looks[frame];
    if (look === undefined) continue;
    // A grain of preference: it decides between frames alike, as in a still.
    const score = quality(look) - Math.abs(frame - middle) / length;
    if (score > bestScore) {
      best = frame;
      bestScore = score;
    }
  }
  return best;
}

function quality({ brightness, contrast, motion }: FrameLook): number {
  const badlyExposed = Math.max(0, darkBelow - brightness) + Math.max(0, brightness - burntAbove);
  return contrast - motion - 2 * badlyExposed;
}
