import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRelated } from '../../../lambdas/search/floor.ts';
import { fuse } from '../../../lambdas/search/fuse.ts';
import { applyRerank } from '../../../lambdas/search/rerank.ts';
import type { Candidate } from '../../../lambdas/search/retrieve.ts';
import { weightsOf } from '../../../lambdas/search/weights.ts';
import { anyCandidates, anyWeights, candidate } from './candidates.ts';

const idsOf = (list: readonly Candidate[]) => list.map(({ document }) => document.documentId);

describe('fusion', () => {
  it('gives scores from 0 to 1, best first, and loses nobody', () => {
    fc.assert(
      fc.property(anyCandidates, anyWeights, (list, weights) => {
        const fused = fuse(list, weights);
        expect(idsOf(fused).sort()).toEqual(idsOf(list).sort());
        expect(fused.map(({ fusedRank }) => fusedRank)).toEqual(list.map((_, position) => position + 1));
        for (const [position, { fusedScore }] of fused.entries()) {
          expect(fusedScore).toBeGreaterThanOrEqual(0);
          expect(fusedScore).toBeLessThanOrEqual(1 + 1e-9);
          expect(fusedScore).toBeLessThanOrEqual(fused[position - 1]?.fusedScore ?? 2);
        }
      }),
    );
  });

  it('does not depend on the order in which the candidates come', () => {
    fc.assert(
      fc.property(anyCandidates, anyWeights, (list, weights) => {
        expect(idsOf(fuse(list.toReversed(), weights))).toEqual(idsOf(fuse(list, weights)));
      }),
    );
  });

  it('never puts one that is worse in both scores before one that is better in both', () => {
    fc.assert(
      fc.property(anyCandidates, anyWeights, (list, weights) => {
        const rankOf = new Map(fuse(list, weights).map((one) => [one.document.documentId, one.fusedScore]));
        const scoreOf = (one: Candidate) => rankOf.get(one.document.documentId) ?? 0;
        for (const better of list)
          for (const worse of list)
            if (better.lexicalScore >= worse.lexicalScore && (better.cosine ?? 0) >= (worse.cosine ?? 0))
              expect(scoreOf(better)).toBeGreaterThanOrEqual(scoreOf(worse) - 1e-9);
      }),
    );
  });

  it('goes by words alone where the query has no vector', () => {
    const list = [candidate('a', { lexicalScore: 1 }), candidate('b', { lexicalScore: 3 }), candidate('c')];
    expect(idsOf(fuse(list, { lexical: 1, vector: 0 }))).toEqual(['b', 'a', 'c']);
  });
});

describe('the weights of a query', () => {
  const query = { text: 'boats at the pier', hasEntities: false, isCovered: true, hasVector: true };
  const lexical = (change: Partial<typeof query>) => weightsOf({ ...query, ...change }).lexical;

  it('always add up to one, with a share for each', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), fc.boolean(), (text, hasEntities, isCovered) => {
        const weights = weightsOf({ text, hasEntities, isCovered, hasVector: true });
        expect(weights.lexical + weights.vector).toBeCloseTo(1);
        expect(weights.lexical).toBeGreaterThan(0.1);
        expect(weights.vector).toBeGreaterThan(0.1);
      }),
    );
  });

  it('trust words more for names and short queries, less for long ones and where most words are nowhere', () => {
    expect(lexical({ hasEntities: true })).toBeGreaterThan(lexical({}));
    expect(lexical({ text: 'boats' })).toBeGreaterThan(lexical({}));
    expect(lexical({ text: 'how it feels when nobody is left on the beach' })).toBeLessThan(lexical({}));
    expect(lexical({ isCovered: false })).toBeLessThan(lexical({}));
    expect(lexical({ hasVector: false })).toBe(1);
  });
});

describe('the floor', () => {
  it.each([
    ['a near meaning without a word in common', { cosine: 0.4 }, true],
    ['most of the words, whatever the meaning', { cosine: 0, isCovered: true, lexicalScore: 9 }, true],
    ['the name that is asked for', { cosine: 0.1, isNamed: true, lexicalScore: 4 }, true],
    ['one stray word and another meaning', { cosine: 0.1, lexicalScore: 5 }, false],
    ['nothing in common', { cosine: 0.1 }, false],
    ['one word, where meaning is not known', { lexicalScore: 5 }, true],
    ['no word, where meaning is not known', {}, false],
  ])('%s', (_, scores, isKept) => expect(isRelated(candidate('a', scores))).toBe(isKept));
});

describe('reranking', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const scoresFor = (list: readonly unknown[]) =>
    fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 1, maxLength: list.length });
  const reranked = fc
    .tuple(anyCandidates, anyWeights)
    .map(([list, weights]) => fuse(list, weights))
    .chain((fused) => fc.tuple(fc.constant(fused), scoresFor(fused), share));

  it('orders what was read again, keeps the rest behind it in its order, and loses nobody', () => {
    fc.assert(
      fc.property(reranked, ([fused, scores, part]) => {
        const ranked = applyRerank(fused, scores, part);
        expect(idsOf(ranked.slice(0, scores.length)).sort()).toEqual(idsOf(fused.slice(0, scores.length)).sort());
        expect(idsOf(ranked.slice(scores.length))).toEqual(idsOf(fused.slice(scores.length)));
        for (const [position, { score }] of ranked.entries())
          expect(score).toBeLessThanOrEqual((ranked[position - 1]?.score ?? 2) + 1e-12);
      }),
    );
  });

  it('changes nothing with a share of nought and everything with a share of one', () => {
    fc.assert(
      fc.property(reranked, ([fused, scores]) => {
        expect(idsOf(applyRerank(fused, scores, 0))).toEqual(idsOf(fused));
      }),
    );
    const fused = fuse([candidate('a', { lexicalScore: 2 }), candidate('b', { lexicalScore: 1 })], {
      lexical: 1,
      vector: 0,
    });
    expect(idsOf(applyRerank(fused, [-3, 5], 1))).toEqual(['b', 'a']);
  });
});
