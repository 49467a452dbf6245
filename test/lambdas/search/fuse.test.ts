import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../lambdas/search/candidate.ts';
import { confidenceOf } from '../../../lambdas/search/cut-off.ts';
import { fuse } from '../../../lambdas/search/fuse.ts';
import { applyRerank } from '../../../lambdas/search/rerank.ts';
import { weightsOf } from '../../../lambdas/search/weights.ts';
import { anyCandidates, anyWeights, candidate } from './candidates.ts';

const byWords = { lexical: 1, vector: 0, reasons: [] };
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
    expect(idsOf(fuse(list, byWords))).toEqual(['b', 'a', 'c']);
  });
});

describe('reciprocal rank fusion', () => {
  it('puts what both retrievers found early before what one found first', () => {
    const list = [
      candidate('words', { lexicalScore: 9, lexicalRank: 1 }),
      candidate('meaning', { cosine: 0.9, vectorRank: 1 }),
      candidate('both', { lexicalScore: 8, lexicalRank: 2, cosine: 0.8, vectorRank: 2 }),
    ];
    expect(idsOf(fuse(list, { lexical: 0.5, vector: 0.5, reasons: [] }, 'rrf'))).toEqual(['both', 'meaning', 'words']);
    expect(fuse(list, byWords, 'rrf')[0]?.document.documentId).toBe('words');
  });
});

describe('the weights of a query', () => {
  const query = { termCount: 3, hasEntities: false, hasWords: true, hasVector: true };

  it('always add up to one, with a share for each', () => {
    fc.assert(
      fc.property(anyCandidates, fc.nat(40), fc.boolean(), (list, termCount, hasEntities) => {
        const { lexical, vector } = weightsOf(list, { ...query, termCount, hasEntities });
        expect(lexical + vector).toBeCloseTo(1);
        expect(Math.min(lexical, vector)).toBeGreaterThan(0);
      }),
    );
  });

  it('are one for all queries where a comparison asks for it, but for what was not searched', () => {
    fc.assert(
      fc.property(anyCandidates, fc.nat(40), (list, termCount) => {
        expect(weightsOf(list, { ...query, termCount }, 'even')).toMatchObject({ lexical: 0.5, vector: 0.5 });
      }),
    );
    expect(weightsOf([], { ...query, hasVector: false }, 'even')).toMatchObject({ lexical: 1, vector: 0 });
  });

  it('leave out what was not searched, and say so', () => {
    expect(weightsOf([], { ...query, hasVector: false })).toMatchObject({ lexical: 1, vector: 0 });
    expect(weightsOf([], { ...query, hasWords: false })).toMatchObject({ lexical: 0, vector: 1 });
    expect(weightsOf([], { ...query, hasWords: false }).reasons).toHaveLength(1);
  });
});

describe('confidence', () => {
  it('is a probability that grows with nearness and with the words that are there', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, unit, fc.boolean(), fc.boolean(), (cosine, coverage, part, hasNames, hasPhrases) => {
        const query = { hasNames, hasPhrases };
        const some = confidenceOf({ cosine: cosine * part, coverage: coverage * part }, query);
        const sure = confidenceOf({ cosine, coverage }, query);
        expect(some).toBeLessThanOrEqual(sure);
        expect(some).toBeGreaterThanOrEqual(0);
        expect(sure).toBeLessThanOrEqual(1);
        expect(confidenceOf({ coverage: coverage * part }, query)).toBeLessThanOrEqual(
          confidenceOf({ coverage }, query),
        );
      }),
    );
  });
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
    const fused = fuse([candidate('a', { lexicalScore: 2 }), candidate('b', { lexicalScore: 1 })], byWords);
    expect(idsOf(applyRerank(fused, [-3, 5], 1))).toEqual(['b', 'a']);
  });
});
