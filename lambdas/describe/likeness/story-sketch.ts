import { createHash } from 'node:crypto';

/** Words of one shingle: a run of so many is rarely written twice by chance. */
const shingleWords = 3;
/** Shorter texts have too few shingles to say anything. */
const minShingles = 20;
/** Bands of so many MinHash values each: of stories with 60 % of their shingles in common 99 % share a band, with 25 % 27 %. */
const bandCount = 20;
const valuesPerBand = 3;
/** The lowest so many shingle hashes stand for a story when two are compared: an error of about 0.04. */
const sketchSize = 256;

/** Two stories are one where so much of all their shingles is common to both ... */
const minCommon = 0.5;
/** ... or where one is the other cut off: nearly all of it is in the other, of which it is a good part. */
const minContained = 0.9;
const minPart = 0.5;

export interface StorySketch {
  /** Different shingles of the story. */
  shingleCount: number;
  /** Their lowest hashes, ascending. */
  lowest: number[];
}
export interface StoryLook {
  /** What it is found by, 64 bits as 16 hexadecimal digits each; none where it is too short. */
  hashes: string[];
  sketch: StorySketch;
}

/** FNV-1a over UTF-16 units, mixed once more as MurmurHash3 ends. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A different order of all hashes for each value of the MinHash. */
const reordered = (hash: number, order: number): number => {
  const mixed = Math.imul(hash ^ Math.imul(order + 1, 0x9e3779b1), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 0;
};

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** What a story is found and compared by, whatever its case, accents and punctuation. */
export function lookAtStory(text: string): StoryLook {
  const words = wordsOf(text);
  const shingles = new Set<number>();
  for (let at = 0; at + shingleWords <= words.length; at++)
    shingles.add(hashOf(words.slice(at, at + shingleWords).join(' ')));
  const lowest = [...shingles].sort((a, b) => a - b).slice(0, sketchSize);
  const sketch = { shingleCount: shingles.size, lowest };
  return { hashes: shingles.size < minShingles ? [] : bandHashes([...shingles]), sketch };
}

function bandHashes(shingles: readonly number[]): string[] {
  return Array.from({ length: bandCount }, (_, band) => {
    const values = Array.from({ length: valuesPerBand }, (_, at) => {
      const order = band * valuesPerBand + at;
      return shingles.reduce((least, shingle) => Math.min(least, reordered(shingle, order)), 2 ** 32);
    });
    return createHash('sha256')
      .update(`${band}:${values.join(',')}`)
      .digest('hex')
      .slice(0, 16);
  });
}

/** Whether two sketches are of one story, edited or cut off, and how much of all their shingles is common. */
export function compareStories(one: StorySketch, other: StorySketch): { isSame: boolean; score: number } {
  const common = commonShare(one, other);
  const shared = (common * (one.shingleCount + other.shingleCount)) / (1 + common);
  const [shorter, longer] = [one.shingleCount, other.shingleCount].sort((a, b) => a - b) as [number, number];
  if (shorter < minShingles) return { isSame: false, score: 0 };
  const contained = Math.min(1, shared / shorter);
  const isCutOff = contained >= minContained && shorter >= minPart * longer;
  return { isSame: common >= minCommon || isCutOff, score: isCutOff ? Math.max(common, contained) : common };
}

/** Of the lowest hashes of both together, the share that both have: an estimate of Jaccard's index. */
function commonShare(one: StorySketch, other: StorySketch): number {
  const size = Math.min(sketchSize, new Set([...one.lowest, ...other.lowest]).size);
  const inOne = new Set(one.lowest);
  const inOther = new Set(other.lowest);
  const together = [...new Set([...one.lowest, ...other.lowest])].sort((a, b) => a - b).slice(0, size);
  return size === 0 ? 0 : together.filter((hash) => inOne.has(hash) && inOther.has(hash)).length / size;
}
