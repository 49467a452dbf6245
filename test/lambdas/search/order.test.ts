import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderedByConfidence, orderedByKind } from '../../../lambdas/search/order.ts';
import { queryTerms } from '../../../lambdas/search/query-terms.ts';
import type { Ranked } from '../../../lambdas/search/rerank.ts';
import { askedWords, supportOf } from '../../../lambdas/search/support.ts';
import { candidate, storedDocument } from './candidates.ts';

const asked = { hasNames: false, hasPhrases: false };
const words = askedWords('golden hour', queryTerms('golden hour'), []);
const ranked = (id: string, score: number, given: [number, number] | undefined, finalRank = 1): Ranked => ({
  ...candidate(id, { cosine: 0.4 }),
  fusedScore: score,
  fusedRank: finalRank,
  score,
  rerankScore: null,
  rerankRank: null,
  finalRank,
  support: given === undefined ? undefined : supportOf({ held: new Set<string>(), words: {} }, words, given),
});
const ids = (all: readonly Ranked[]) => all.map(({ document }) => document.documentId);

describe('the order by kind', () => {
  const told = (id: string, kind: 'photo' | 'passage', score: number): Ranked => ({
    ...ranked(id, score, [0.8, 0.8]),
    document: storedDocument(id, { kind }),
  });
  const order = (...all: Ranked[]) => ids(orderedByKind(all, 0.06));

  it('puts a photo first of two that are alike in all else', () => {
    expect(order(told('passage', 'passage', 0.8), told('photo', 'photo', 0.8))).toEqual(['photo', 'passage']);
  });

  it('leaves a passage before a photo that answers much less', () => {
    expect(order(told('passage', 'passage', 0.8), told('photo', 'photo', 0.7))).toEqual(['passage', 'photo']);
  });

  it('keeps scores within 0 and 1', () => {
    for (const { score } of orderedByKind([told('a', 'photo', 1), told('b', 'passage', 0)], 0.06)) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });
});

describe('the order by confidence', () => {
  const missing = ranked('missing', 0.7, [0.9, 0.2], 1);
  const whole = ranked('whole', 0.65, [0.8, 0.8], 2);

  it('puts a document that bears every word out before one that lacks a word and is hardly better', () => {
    const ordered = orderedByConfidence([missing, whole], asked, 0.33);
    expect(ids(ordered)).toEqual(['whole', 'missing']);
    expect(ordered.map(({ finalRank }) => finalRank)).toEqual([1, 2]);
  });

  it('is the reranker’s where it has no share', () => {
    expect(ids(orderedByConfidence([missing, whole], asked, 0))).toEqual(['missing', 'whole']);
  });

  it('leaves everything as it was where nothing was told word by word', () => {
    const untold = [ranked('a', 0.9, undefined, 1), ranked('b', 0.8, undefined, 2)];
    expect(orderedByConfidence(untold, asked, 0.33).map(({ confidence: _, ...one }) => one)).toEqual(
      untold.map(({ confidence: _, ...one }) => one),
    );
  });

  it('keeps every document, in falling scores, with what was not told of last and no surer than the rest', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, fc.option(fc.tuple(unit, unit), { nil: undefined }))), unit, (all, share) => {
        const given = all
          .toSorted(([a, one], [b, other]) => Number(one === undefined) - Number(other === undefined) || b - a)
          .map(([score, support], at) => ranked(`${at}`, score, support, at + 1));
        const ordered = orderedByConfidence(given, asked, share);
        expect(ids(ordered).toSorted()).toEqual(ids(given).toSorted());
        const told = ordered.filter(({ support }) => support !== undefined);
        expect(ordered.slice(0, told.length)).toEqual(told);
        const [first, ...others] = told.length === 0 ? [] : ordered.map(({ score }) => score);
        others.reduce((before, score) => {
          expect(score).toBeLessThanOrEqual(before);
          return score;
        }, first ?? 0);
        const surest = Math.max(...told.map(({ confidence }) => confidence));
        if (told.length > 0) for (const { confidence } of ordered) expect(confidence).toBeLessThanOrEqual(surest);
      }),
    );
  });
});
