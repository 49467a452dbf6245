import type { GreyPicture } from './grey-picture.ts';
import type { Landmark, ScaleSpace } from './landmarks.ts';

/** Samples along a side of a patch. */
export const patchSide = 16;
/** Half of a patch's side, in the landmark's sigmas: far enough to tell one blob from another. */
const reachSigmas = 6;
/** Blur of the level that is sampled, in distances between samples: below it the samples would miss what lies between. */
const blurPerStep = 0.8;
const hashBits = 64;
const maxFrequency = 8;

/** The lowest frequencies of a patch but its mean, as pairs of horizontal and vertical ones. */
const frequencies: readonly (readonly [number, number])[] = Array.from({ length: 2 * maxFrequency }, (_, at) => at + 1)
  .flatMap((sum) => Array.from({ length: sum + 1 }, (_, u) => [u, sum - u] as const))
  .filter(([u, v]) => u <= maxFrequency && v <= maxFrequency)
  .slice(0, hashBits);

const cosines = Array.from({ length: maxFrequency + 1 }, (_, frequency) =>
  Float64Array.from({ length: patchSide }, (_, at) => Math.cos(((2 * at + 1) * frequency * Math.PI) / (2 * patchSide))),
);

/**
 * 64 bits of what surrounds a landmark: whether each low frequency of its cosine transform is above zero.
 * @returns undefined where the surroundings reach beyond the picture: a crop would not have the same.
 */
export function patchHash(space: ScaleSpace, { x, y, sigma }: Landmark): bigint | undefined {
  const { width, height } = space.levels[0] as GreyPicture;
  const reach = reachSigmas * sigma;
  if (x < reach || y < reach || x + reach > width - 1 || y + reach > height - 1) return undefined;
  const step = (2 * reach) / patchSide;
  const { grey } = space.levels[levelFor(space, step * blurPerStep)] as GreyPicture;
  const samples = Float64Array.from({ length: patchSide ** 2 }, (_, at) =>
    sampleAt(
      grey,
      width,
      x - reach + ((at % patchSide) + 0.5) * step,
      y - reach + (Math.floor(at / patchSide) + 0.5) * step,
    ),
  );
  return signsOf(samples);
}

/** The most blurred level that is not blurred more than this. */
function levelFor({ levels, sigmaOf }: ScaleSpace, sigma: number): number {
  let level = 0;
  while (level < levels.length - 1 && sigmaOf(level + 1) <= sigma) level += 1;
  return level;
}

function sampleAt(grey: Float32Array, width: number, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const at = top * width + left;
  const [right, down] = [x - left, y - top];
  const upper = (grey[at] as number) * (1 - right) + (grey[at + 1] as number) * right;
  const lower = (grey[at + width] as number) * (1 - right) + (grey[at + width + 1] as number) * right;
  return upper * (1 - down) + lower * down;
}

/** @param samples of a patch, row after row: `patchSide` of each. */
export function signsOf(samples: Float32Array | Float64Array): bigint {
  const transformed = cosines.map((cosine) =>
    Float64Array.from({ length: patchSide }, (_, row) => {
      let sum = 0;
      for (let at = 0; at < patchSide; at++) sum += (cosine[at] as number) * (samples[row * patchSide + at] as number);
      return sum;
    }),
  );
  let bits = 0n;
  for (const [u, v] of frequencies) {
    const [rows, cosine] = [transformed[u] as Float64Array, cosines[v] as Float64Array];
    let sum = 0;
    for (let row = 0; row < patchSide; row++) sum += (cosine[row] as number) * (rows[row] as number);
    bits = (bits << 1n) | (sum > 0 ? 1n : 0n);
  }
  return bits;
}
