import type { HashSpace } from '../../contracts/near-duplicates.ts';

/**
 * How the 64 bits of a hash are cut into bands. Two hashes that differ in at most `bands * (flips + 1) - 1` bits differ
 * in at most `flips` bits in one band at least (pigeonhole principle), so that looking into that band's bucket and
 * those beside it finds every one of them.
 */
interface Layout {
  bands: number;
  /** Bits of a band that are flipped to look into the buckets beside it. */
  flips: number;
}

/**
 * Three bands have some two million buckets each: at 10 million photos a bucket of the busiest space holds about a
 * hundred rows. A document's one `picture` hash is looked for within 5 bits (67 reads); of a photo's many `detail` hashes
 * one is enough, so each is looked for within 2 bits (3 reads); a `story` hash is equal or says nothing (1 read).
 */
const layouts: Readonly<Record<HashSpace, Layout>> = {
  picture: { bands: 3, flips: 1 },
  detail: { bands: 3, flips: 0 },
  story: { bands: 1, flips: 0 },
};
const hashBits = 64;

/** Bits in which two hashes of a space may differ and are certain to be found by one another. */
export const searchDistance = (space: HashSpace): number => layouts[space].bands * (layouts[space].flips + 1) - 1;

/** @param hash 16 hexadecimal digits */
const bitsOf = (hash: string): bigint => BigInt(`0x${hash}`);

/** Every n-th bit: neighbouring bits of a hash belong to like frequencies, and are the same in too many pictures. */
function bandValue(bits: bigint, band: number, bands: number): bigint {
  let value = 0n;
  for (let position = band, at = 0n; position < hashBits; position += bands, at++)
    value |= ((bits >> BigInt(position)) & 1n) << at;
  return value;
}

const bandWidth = (band: number, bands: number): number => Math.ceil((hashBits - band) / bands);

const bucketsBeside = (space: HashSpace, hash: string, flips: number): string[] => {
  const { bands } = layouts[space];
  const bits = bitsOf(hash);
  return Array.from({ length: bands }, (_, band) =>
    flipped(bandValue(bits, band, bands), bandWidth(band, bands), flips).map(
      (value) => `${band}#${value.toString(36)}`,
    ),
  ).flat();
};

/** The buckets in which a hash lies: one a band. */
export const bucketsOf = (space: HashSpace, hash: string): string[] => bucketsBeside(space, hash, 0);

/** The buckets in one of which every hash lies that differs in at most `searchDistance` bits. */
export const bucketsToSearch = (space: HashSpace, hash: string): string[] =>
  bucketsBeside(space, hash, layouts[space].flips);

/** A value with each choice of at most so many of its bits flipped. */
function flipped(value: bigint, width: number, flips: number, from = 0): bigint[] {
  const values = [value];
  if (flips > 0)
    for (let at = from; at < width; at++) values.push(...flipped(value ^ (1n << BigInt(at)), width, flips - 1, at + 1));
  return values;
}

/** In how many bits two hashes differ. */
export const hammingDistance = (one: string, other: string): number => differingBits(bitsOf(one), bitsOf(other));

export function differingBits(one: bigint, other: bigint): number {
  let bits = 0;
  for (let difference = one ^ other; difference > 0n; difference &= difference - 1n) bits += 1;
  return bits;
}
