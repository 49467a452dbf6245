import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waysOf } from '../../measure/journey.measure.ts';
import { percentile } from '../../measure/measurement.ts';

describe('the ways that samples take', () => {
  it('are both used, and an asset and its sidecars always go together', () => {
    const ways = waysOf(
      ['a.jpg', 'a.ninjs.json', 'b.mp4', 'b.shotlist.txt', 'c.txt'].map((name) => ({
        key: `incoming/world/${name}`,
        expect: 'indexed' as const,
      })),
    );
    expect([...ways]).toEqual([
      ['incoming/world/a', 'bucket'],
      ['incoming/world/b', 'page'],
      ['incoming/world/c', 'bucket'],
    ]);
  });
});

describe('a percentile', () => {
  it('is one of the values, and no more than the share of them lies below it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const found = percentile(values, share);
          expect(values).toContain(found);
          expect(values.filter((value) => value < found).length).toBeLessThanOrEqual(values.length * share);
        },
      ),
    );
  });
});
