import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsApart, likenessBands, sameLikenessBits } from '../../../lambdas/contracts/likeness.ts';

const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const written = (value: bigint): string => value.toString(16).padStart(16, '0');

describe('likeness', () => {
  it('has a band in common for any two hashes that are the same picture', () => {
    const places = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: sameLikenessBits });
    fc.assert(
      fc.property(hash, places, (one, flipped) => {
        const other = flipped.reduce((value, place) => value ^ (1n << BigInt(place)), one);
        expect(bitsApart(written(one), written(other))).toBe(flipped.length);
        const bands = new Set(likenessBands(written(one)));
        expect(likenessBands(written(other)).some((band) => bands.has(band))).toBe(true);
      }),
    );
  });

  it('tells bands of one value at different places apart', () => {
    expect(new Set(likenessBands('0000000000000000')).size).toBe(8);
  });
});
