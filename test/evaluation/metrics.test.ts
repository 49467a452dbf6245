import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../evaluation/bootstrap.ts';
import { metricNames, metricsOf, ndcg, recall, reciprocalRank } from '../../evaluation/metrics.ts';

const ids = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnop'), { minLength: 1, maxLength: 14 });
const judged = fc
  .dictionary(fc.constantFrom(...'abcdefghijklmnop'), fc.integer({ min: 0, max: 3 }))
  .map((grades) => new Map(Object.entries(grades)))
  .filter((grades) => [...grades.values()].some((grade) => grade > 0));

describe('nDCG', () => {
  it('is what trec_eval computes by hand', () => {
    const judgements = new Map([
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ]);
    // DCG 2/1 + 0 + 3/2 over the ideal 3/1 + 2/log2(3) + 1/2
    expect(ndcg(['b', 'x', 'a'], judgements, 10)).toBeCloseTo(3.5 / (3 + 2 / Math.log2(3) + 0.5), 12);
  });

  it('lies in [0, 1], is 1 for the ideal order, and nothing that is not wanted can raise it', () => {
    fc.assert(
      fc.property(ids, judged, (ranking, judgements) => {
        const found = ndcg(ranking, judgements, 10);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1 + 1e-12);
        const ideal = [...judgements].sort(([, a], [, b]) => b - a).map(([id]) => id);
        expect(ndcg(ideal, judgements, 10)).toBeCloseTo(1, 12);
        expect(ndcg(['unwanted', ...ranking], judgements, 10)).toBeLessThanOrEqual(found + 1e-12);
      }),
    );
  });

  it('does not fall when a better document moves up one place', () => {
    fc.assert(
      fc.property(ids, judged, fc.nat(), (ranking, judgements, seed) => {
        const place = seed % ranking.length;
        const [above, below] = [ranking[place - 1], ranking[place]];
        if (above === undefined || below === undefined) return;
        if ((judgements.get(below) ?? 0) <= (judgements.get(above) ?? 0)) return;
        const swapped = ranking.with(place - 1, below).with(place, above);
        expect(ndcg(swapped, judgements, 10)).toBeGreaterThanOrEqual(ndcg(ranking, judgements, 10) - 1e-12);
      }),
    );
  });

  it('is no number where nothing is wanted', () => {
    expect(ndcg(['a'], new Map([['a', 0]]), 10)).toBeNaN();
  });
});

describe('the other measures', () => {
  const judgements = new Map([
    ['a', 1],
    ['b', 0],
    ['c', 2],
  ]);

  it('count the first wanted rank within the depth', () => {
    expect(reciprocalRank(['b', 'x', 'c'], judgements, 10)).toBeCloseTo(1 / 3);
    expect(reciprocalRank(['b', 'x', 'c'], judgements, 2)).toBe(0);
  });

  it('count the share of wanted documents, not of judged ones', () => {
    expect(recall(['b', 'c'], judgements, 10)).toBe(0.5);
    expect(recall(['a', 'c'], judgements, 1)).toBe(0.5);
  });

  it('are all 1 where the ranking is ideal and short', () => {
    const found = metricsOf(['c', 'a'], judgements);
    for (const name of metricNames) expect(found[name]).toBeCloseTo(1);
  });
});

describe('the bootstrap', () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });

  it('brackets the mean, stays within the values and gives the same values the same interval', () => {
    fc.assert(
      fc.property(values, (all) => {
        const { mean, low, high } = bootstrap(all);
        expect(bootstrap(all)).toEqual({ mean, low, high });
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('is as wide as the normal approximation for many values', () => {
    const all = Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? 0 : 1));
    const { low, high } = bootstrap(all);
    expect(high - low).toBeCloseTo(2 * 1.96 * Math.sqrt(0.25 / 400), 2);
  });

  it('has nothing to say about nothing', () => {
    expect(bootstrap([]).mean).toBeNaN();
  });
});
