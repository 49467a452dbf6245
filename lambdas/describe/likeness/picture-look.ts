import { type GreyPicture, type PicturePart, readGrey } from './grey-picture.ts';
import { findLandmarks, type Landmark, scaleSpaceOf } from './landmarks.ts';
import { patchHash, patchSide, signsOf } from './patch-hash.ts';
import type { ComparedPicture } from './picture-comparison.ts';

/** Longest side in pixels at which landmarks are looked for, and at which pictures are compared. */
const landmarkSide = 256;
const comparedSide = 128;

const maxLandmarks = 24;
/** Of each cell of a grid over the picture, so that burnt-in letters do not take all places. */
const gridCells = 4;
const maxLandmarksPerCell = 2;

/** Standard deviation in grey levels below which a picture shows nothing that could be told from others. */
const plainDeviation = 5;

/** A landmark with 64 bits of its surroundings, placed in the compared picture. */
export interface HashedLandmark extends Landmark {
  bits: bigint;
}

/** Reads what a picture is found and compared by. */
export async function lookAt(picture: Buffer): Promise<ComparedPicture> {
  const { wholes, parts } = await readGrey(picture, [landmarkSide, comparedSide], patchSide);
  const [large, grey] = wholes as [GreyPicture, GreyPicture];
  const zoom = grey.width / large.width;
  const landmarks = hashedLandmarks(large).map((mark) => ({
    ...mark,
    x: (mark.x + 0.5) * zoom - 0.5,
    y: (mark.y + 0.5) * zoom - 0.5,
    sigma: mark.sigma * zoom,
  }));
  return { grey, landmarks: [...landmarks, ...parts.flatMap((part) => partLandmark(part, grey))] };
}

/**
 * A part of the picture as if it were a landmark's surroundings: a caption burnt in at one edge leaves the part without
 * that edge as it was, however few landmarks there are. None where the part shows nothing.
 */
function partLandmark({ square, middle, width }: PicturePart, grey: GreyPicture): HashedLandmark[] {
  const strength = deviationOf(square.grey);
  if (strength < plainDeviation) return [];
  return [
    {
      x: middle.x * grey.width - 0.5,
      y: middle.y * grey.height - 0.5,
      sigma: (width * grey.width) / 2,
      strength,
      bits: signsOf(square.grey),
    },
  ];
}

function hashedLandmarks(picture: GreyPicture): HashedLandmark[] {
  const space = scaleSpaceOf(picture);
  const kept: HashedLandmark[] = [];
  const taken = new Map<string, number>();
  for (const mark of findLandmarks(space)) {
    const cell = `${Math.floor((mark.x * gridCells) / picture.width)} ${Math.floor((mark.y * gridCells) / picture.height)}`;
    const inCell = taken.get(cell) ?? 0;
    if (inCell === maxLandmarksPerCell || kept.some((other) => isSameSpot(other, mark))) continue;
    const bits = patchHash(space, mark);
    if (bits === undefined) continue;
    kept.push({ ...mark, bits });
    taken.set(cell, inCell + 1);
    if (kept.length === maxLandmarks) break;
  }
  return kept;
}

const isSameSpot = (one: Landmark, other: Landmark): boolean =>
  Math.hypot(one.x - other.x, one.y - other.y) < Math.min(one.sigma, other.sigma);

/** Whether a picture is of one colour, or so dark that its hashes say nothing. */
export const isPlain = ({ grey: { grey } }: ComparedPicture): boolean => deviationOf(grey) < plainDeviation;

function deviationOf(grey: Float32Array): number {
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  return Math.sqrt(grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length);
}
