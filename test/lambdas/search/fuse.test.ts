import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, fuse, plausible, weightsFor } from '../../../lambdas/search/fuse.ts';

const candidates = fc.uniqueArray(
  fc.record({
    documentId: fc.string({ minLength: 1, maxLength: 8 }),
    lexicalScore: fc.double({ min: 0, max: 40, noNaN: true }),
    lexicalRank: fc.constant(null),
    cosine: fc.option(fc.double({ min: -1, max: 1, noNaN: true })),
    vectorRank: fc.constant(null),
  }) as fc.Arbitrary<Candidate>,
  { selector: ({ documentId }) => documentId, minLength: 1, maxLength: 30 },
);
const weights = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((vectorWeight) => ({ vectorWeight, lexicalWeight: 1 - vectorWeight }));

describe('fusion', () => {
  it('gives scores from 0 to 1, best first, and loses nobody', () => {
    fc.assert(
      fc.property(candidates, weights, (list, weight) => {
        const fused = fuse(list, weight);
        expect(fused).toHaveLength(list.length);
        for (const { fusedScore } of fused) {
          expect(fusedScore).toBeGreaterThanOrEqual(0);
          expect(fusedScore).toBeLessThanOrEqual(1 + 1e-9);
        }
        const scores = fused.map(({ fusedScore }) => fusedScore);
        expect([...scores].sort((a, b) => b - a)).toEqual(scores);
      }),
    );
  });

  it('does not depend on the order in which candidates arrive', () => {
    fc.assert(
      fc.property(candidates, weights, (list, weight) => {
        const ids = (order: readonly Candidate[]) => fuse(order, weight).map(({ documentId }) => documentId);
        expect(ids([...list].reverse())).toEqual(ids(list));
      }),
    );
  });

  it('never ranks a candidate below one that is worse in words and in meaning', () => {
    fc.assert(
      fc.property(candidates, weights, (list, weight) => {
        const fused = fuse(list, weight);
        fused.forEach((upper, index) => {
          for (const lower of fused.slice(index + 1))
            expect(
              lower.lexicalScore > upper.lexicalScore + 1e-9 &&
                (lower.cosine ?? -1) > (upper.cosine ?? -1) + 1e-9 &&
                lower.fusedScore < upper.fusedScore - 1e-9,
            ).toBe(false);
        });
      }),
    );
  });
});

describe('weights', () => {
  it('lean to words the more of the query is names, and are all words without a vector', () => {
    const mood = weightsFor('a lonely evening at sea', [], true);
    const mixed = weightsFor('angela merkel in the rain', [{ text: 'angela merkel' }], true);
    const name = weightsFor('angela merkel', [{ text: 'angela merkel' }], true);
    expect(mood.vectorWeight).toBeGreaterThan(mixed.vectorWeight);
    expect(mixed.vectorWeight).toBeGreaterThan(name.vectorWeight);
    expect(weightsFor('anything', [], false)).toEqual({ lexicalWeight: 1, vectorWeight: 0 });
  });
});

describe('the cut-off', () => {
  const at = (documentId: string, lexicalScore: number, cosine: number | null): Candidate => ({
    documentId,
    lexicalScore,
    cosine,
    lexicalRank: null,
    vectorRank: null,
  });
  it('leaves nothing of candidates that share no word and mean nothing near', () => {
    expect(plausible([at('a', 0, 0.1), at('b', 0, -0.2)])).toEqual([]);
  });
  it('keeps what shares weighty words, and what means something near', () => {
    const kept = plausible([at('words', 10, 0.05), at('meaning', 0, 0.5), at('a common word', 0.5, 0.05)]);
    expect(kept.map(({ documentId }) => documentId)).toEqual(['words', 'meaning']);
  });
});
