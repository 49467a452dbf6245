import type { GreyPicture } from './grey-picture.ts';

/** A spot of a picture that is found again in a crop of it, in pixels of the picture it was found in. */
export interface Landmark {
  x: number;
  y: number;
  /** Standard deviation of the Gaussian that fits the spot, in pixels: its size. */
  sigma: number;
  /** How far it stands out from what surrounds it, in grey levels. */
  strength: number;
}

/** Blur of the finest level in pixels, and how many levels one doubling takes (Lowe, IJCV 2004, takes three). */
const finestSigma = 1.6;
const levelsPerOctave = 3;
const levelCount = 11;
/** A spot that stands out less than this many grey levels of 255 is noise of the encoder. */
const minStrength = 1.5;
/** Of the two curvatures at a spot: above it lies on an edge, along which it may slide. */
const maxCurvatureRatio = 8;

/** A picture blurred ever more, by one constant factor from level to level. */
export interface ScaleSpace {
  levels: GreyPicture[];
  sigmaOf(level: number): number;
}

const sigmaOf = (level: number): number => finestSigma * 2 ** (level / levelsPerOctave);

export function scaleSpaceOf(picture: GreyPicture): ScaleSpace {
  const levels: GreyPicture[] = [blurred(picture, finestSigma)];
  for (let level = 1; level < levelCount; level++) {
    const difference = Math.sqrt(sigmaOf(level) ** 2 - sigmaOf(level - 1) ** 2);
    levels.push(blurred(levels[level - 1] as GreyPicture, difference));
  }
  return { levels, sigmaOf };
}

/** Gaussian blur by two passes, pixels beyond the edge like those on it. */
function blurred({ width, height, grey }: GreyPicture, sigma: number): GreyPicture {
  const radius = Math.ceil(sigma * 3);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, at) =>
    Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const weights = kernel.map((weight) => weight / total);
  const across = new Float32Array(grey.length);
  pass(grey, across, weights, { lines: height, length: width, lineStep: width, step: 1 });
  const down = new Float32Array(grey.length);
  pass(across, down, weights, { lines: width, length: height, lineStep: 1, step: width });
  return { width, height, grey: down };
}

function pass(
  from: Float32Array,
  to: Float32Array,
  weights: Float32Array,
  { lines, length, lineStep, step }: { lines: number; length: number; lineStep: number; step: number },
): void {
  const radius = (weights.length - 1) / 2;
  const line = new Float32Array(length + 2 * radius);
  for (let at = 0; at < lines; at++) {
    const start = at * lineStep;
    for (let i = -radius; i < length + radius; i++)
      line[i + radius] = from[start + Math.min(length - 1, Math.max(0, i)) * step] ?? 0;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (line[i + k] as number);
      to[start + i * step] = sum;
    }
  }
}

/** Blobs, brighter or darker than around them, strongest first: extrema of the difference of Gaussians in place and size. */
export function findLandmarks({ levels, sigmaOf }: ScaleSpace): Landmark[] {
  const [{ width, height }] = levels as [GreyPicture];
  const differences = levels.slice(1).map((level, at) => {
    const below = (levels[at] as GreyPicture).grey;
    return level.grey.map((value, i) => value - (below[i] as number));
  });
  const found: Landmark[] = [];
  for (let level = 1; level < differences.length - 1; level++) {
    const around = [differences[level - 1], differences[level], differences[level + 1]] as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const here = around[1];
    for (let y = 1; y < height - 1; y++)
      for (let x = 1; x < width - 1; x++) {
        const at = y * width + x;
        const value = here[at] as number;
        if (Math.abs(value) < minStrength || !isExtremum(around, at, width, value) || isOnEdge(here, at, width))
          continue;
        const dx = offset(here[at - 1] as number, value, here[at + 1] as number);
        const dy = offset(here[at - width] as number, value, here[at + width] as number);
        const dLevel = offset(around[0][at] as number, value, around[2][at] as number);
        found.push({ x: x + dx, y: y + dy, sigma: sigmaOf(level + dLevel), strength: Math.abs(value) });
      }
  }
  return found.sort((a, b) => b.strength - a.strength);
}

function isExtremum(around: readonly Float32Array[], at: number, width: number, value: number): boolean {
  const sign = value > 0 ? 1 : -1;
  for (const level of around)
    for (let dy = -width; dy <= width; dy += width)
      for (let dx = -1; dx <= 1; dx++) {
        const other = level[at + dy + dx] as number;
        if (other * sign > value * sign || (other === value && (level !== around[1] || dy !== 0 || dx !== 0)))
          return false;
      }
  return true;
}

function isOnEdge(level: Float32Array, at: number, width: number): boolean {
  const v = (by: number): number => level[at + by] as number;
  const xx = v(1) + v(-1) - 2 * v(0);
  const yy = v(width) + v(-width) - 2 * v(0);
  const xy = (v(width + 1) - v(width - 1) - v(1 - width) + v(-1 - width)) / 4;
  const determinant = xx * yy - xy * xy;
  return determinant <= 0 || (xx + yy) ** 2 / determinant > (maxCurvatureRatio + 1) ** 2 / maxCurvatureRatio;
}

/** Where the parabola through three neighbours has its vertex, in [-0.5, 0.5]. */
function offset(before: number, value: number, after: number): number {
  const curvature = before + after - 2 * value;
  return curvature === 0 ? 0 : Math.min(0.5, Math.max(-0.5, (before - after) / (2 * curvature)));
}
