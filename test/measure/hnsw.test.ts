import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asVectors, nearest, recallOf } from '../../measure/hnsw/exact.ts';

const row = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });

describe('the exact search', () => {
  it('finds what sorting all by their product finds', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        row,
        fc.integer({ min: 1, max: 10 }),
        (rows, query, depth) => {
          const product = (place: number): number =>
            (rows[place] ?? []).reduce((sum, value, index) => sum + value * (query[index] ?? 0), 0);
          const found = nearest(asVectors(rows), query, depth).map(product);
          const sorted = rows.map((_, place) => product(place)).sort((a, b) => b - a);
          expect(found).toHaveLength(Math.min(depth, rows.length));
          for (const [rank, score] of found.entries()) expect(score).toBeCloseTo(sorted[rank] ?? Number.NaN, 5);
        },
      ),
    );
  });

  it('is what recall is measured against', () => {
    expect(recallOf([3, 1, 9], [1, 2, 3, 4])).toBe(0.5);
  });
});
