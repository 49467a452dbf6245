/** Photos whose perceptual hashes are no further apart than this are the same picture, saved another way. */
export const sameLikenessBits = 6;

/** 64 bits in eight bands: two hashes that differ in at most seven bits have one band in common. */
const bandDigits = 2;

/** The bands of a perceptual hash of 16 hexadecimal digits, each with its place: what likeness is looked up by. */
export const likenessBands = (perceptualHash: string): string[] =>
  Array.from(
    { length: perceptualHash.length / bandDigits },
    (_, place) => `${place}:${perceptualHash.slice(place * bandDigits, (place + 1) * bandDigits)}`,
  );

/** In how many bits two hashes of equal length differ. */
export function bitsApart(one: string, other: string): number {
  let difference = BigInt(`0x${one}`) ^ BigInt(`0x${other}`);
  let bits = 0;
  for (; difference > 0n; difference &= difference - 1n) bits += 1;
  return bits;
}
