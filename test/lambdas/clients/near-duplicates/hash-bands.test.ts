import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketsOf,
  bucketsToSearch,
  hammingDistance,
  searchDistance,
} from '../../../../lambdas/clients/near-duplicates/hash-bands.ts';
import { hashSpaceSchema } from '../../../../lambdas/contracts/near-duplicates.ts';
import { bruteForce, manyHashes, withFlipped } from './hashes.ts';

const hashArbitrary = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0'));

describe('the bands of a hash', () => {
  it.each(hashSpaceSchema.options)('finds every hash of the space %s within its distance', (space) => {
    const flips = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: searchDistance(space) });
    fc.assert(
      fc.property(hashArbitrary, flips, (hash, positions) => {
        const stored = new Set(bucketsOf(space, withFlipped(hash, positions)));
        expect(bucketsToSearch(space, hash).some((bucket) => stored.has(bucket))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['picture', 5, 3, 67],
    ['detail', 2, 3, 3],
    ['story', 0, 1, 1],
  ] as const)(
    'looks in the space %s within %i bits, with %i writes and %i reads a hash',
    (space, distance, writes, reads) => {
      const hash = '0123456789abcdef';
      expect(searchDistance(space)).toBe(distance);
      expect(new Set(bucketsOf(space, hash)).size).toBe(writes);
      expect(new Set(bucketsToSearch(space, hash)).size).toBe(reads);
    },
  );

  it('puts a hash into buckets that stay as they are stored, in every version of the code', () => {
    expect(bucketsOf('picture', '0123456789abcdef')).toEqual(['0#1tif', '1#2fsd', '2#8ji7']);
    expect(bucketsOf('story', '0123456789abcdef')).toEqual(['0#mf9g063v08f']);
  });

  it('looks into the buckets where a hash lies first of all', () => {
    for (const space of hashSpaceSchema.options)
      expect(bucketsToSearch(space, 'fedcba9876543210')).toEqual(
        expect.arrayContaining(bucketsOf(space, 'fedcba9876543210')),
      );
  });

  it('puts hashes into one bucket of every band only where they are equal', () => {
    fc.assert(
      fc.property(hashArbitrary, fc.integer({ min: 0, max: 63 }), (hash, position) => {
        for (const space of hashSpaceSchema.options)
          expect(bucketsOf(space, withFlipped(hash, [position]))).not.toEqual(bucketsOf(space, hash));
      }),
    );
  });

  it('counts differing bits', () => {
    expect(hammingDistance('0000000000000000', 'ffffffffffffffff')).toBe(64);
    expect(hammingDistance('8000000000000001', '0000000000000000')).toBe(2);
    expect(hammingDistance('00000000000000ff', '00000000000000ff')).toBe(0);
  });

  it.each(['picture', 'detail'] as const)(
    'finds in the space %s what comparing with all of 100,000 hashes finds, and nothing else',
    (space) => {
      const { stored, asked } = manyHashes(100_000, 100);
      const buckets = new Map<string, string[]>();
      for (const hash of stored)
        for (const bucket of bucketsOf(space, hash)) {
          const held = buckets.get(bucket);
          if (held) held.push(hash);
          else buckets.set(bucket, [hash]);
        }
      const compareWithAll = bruteForce(stored);
      let found = 0;
      for (const hash of asked) {
        const candidates = new Set(bucketsToSearch(space, hash).flatMap((bucket) => buckets.get(bucket) ?? []));
        const near = [...candidates].filter((other) => hammingDistance(hash, other) <= searchDistance(space)).sort();
        expect(near).toEqual(compareWithAll(hash, searchDistance(space)));
        found += near.length;
      }
      // Clustered hashes: a test over hashes that are far from one another would pass by finding nothing.
      expect(found).toBeGreaterThan(1000);
    },
  );
});
