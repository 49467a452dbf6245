import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderedByFeedback } from '../../../lambdas/search/feedback.ts';
import type { Ranked } from '../../../lambdas/search/rerank.ts';
import { candidate, storedDocument } from './candidates.ts';

const told = {
  words: 1,
  mean: 0.9,
  geometricMean: 0.9,
  weakestName: 0.9,
  weakest: 0.9,
  isOneOtherWord: false,
  missing: [],
};

function ranked(all: readonly { text: string; score: number; confidence?: number; isTold?: boolean }[]): Ranked[] {
  return all.map(({ text, score, confidence = 0.9, isTold = true }, at) => ({
    ...candidate(`${at}`, { document: storedDocument(`${at}`, { title: '', text, entities: [], keywords: [] }) }),
    fusedScore: score,
    fusedRank: at + 1,
    score,
    rerankScore: null,
    rerankRank: null,
    finalRank: at + 1,
    confidence,
    support: isTold ? told : undefined,
  }));
}
const texts = (all: readonly Ranked[]) => all.map(({ document }) => document.text);

describe('the order by feedback', () => {
  const harbour = 'Harbour strike in Rotterdam, dockers at the gate';
  const dockers = 'Dockers at the gate of the harbour';
  const bowling = 'Bowling strike at the summer fair';

  it('puts a document that speaks of what the first hits speak of before one that only shares a word', () => {
    const before = ranked([
      { text: harbour, score: 0.9 },
      { text: bowling, score: 0.62 },
      { text: dockers, score: 0.6 },
    ]);
    const ordered = orderedByFeedback(before, 0.2);
    expect(texts(ordered)).toEqual([harbour, dockers, bowling]);
    expect(ordered.map(({ finalRank }) => finalRank)).toEqual([1, 2, 3]);
  });

  it('follows the hits that are sure to answer, not the others', () => {
    const asked = (confidence: { strike: number; fair: number }) =>
      texts(
        orderedByFeedback(
          ranked([
            { text: harbour, score: 0.9, confidence: confidence.strike },
            { text: bowling, score: 0.89, confidence: confidence.fair },
            { text: 'Summer fair in the park', score: 0.6, confidence: 0.1 },
            { text: dockers, score: 0.6, confidence: 0.1 },
          ]),
          0.3,
        ),
      ).slice(2);
    expect(asked({ strike: 0.9, fair: 0.01 })[0]).toBe(dockers);
    expect(asked({ strike: 0.01, fair: 0.9 })[0]).toBe('Summer fair in the park');
  });

  it('is the one before where it has no share, and where there are too few hits to have anything in common', () => {
    const before = ranked([
      { text: harbour, score: 0.9 },
      { text: bowling, score: 0.62 },
      { text: dockers, score: 0.6 },
    ]);
    expect(orderedByFeedback(before, 0)).toEqual(before);
    expect(orderedByFeedback(before.slice(0, 2), 0.9)).toEqual(before.slice(0, 2));
    const alike = ranked([1, 2, 3].map((score) => ({ text: harbour, score: 1 / score })));
    expect(orderedByFeedback(alike, 0.9)).toEqual(alike);
  });

  it('keeps every document, in falling scores, with what the reranker did not tell of last', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const text = fc.array(fc.constantFrom('fire', 'forest', 'harbour', 'strike', 'the'), { maxLength: 6 });
    const document = fc.record({ text: text.map((words) => words.join(' ')), score: unit, confidence: unit });
    fc.assert(
      fc.property(fc.array(document), fc.nat({ max: 4 }), unit, (all, untold, share) => {
        const sorted = all.toSorted((a, b) => b.score - a.score);
        const given = ranked(sorted.map((one, at) => ({ ...one, isTold: at < sorted.length - untold })));
        const ordered = orderedByFeedback(given, share);
        const ids = (some: readonly Ranked[]) => some.map(({ document }) => document.documentId).toSorted();
        expect(ids(ordered)).toEqual(ids(given));
        expect(ordered.map(({ finalRank }) => finalRank)).toEqual(given.map((_, at) => at + 1));
        const isTold = ordered.map(({ support }) => support !== undefined);
        expect(isTold).toEqual(isTold.toSorted((a, b) => Number(b) - Number(a)));
        const scores = ordered.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
        for (const score of scores) expect(score >= 0 && score <= 1 + 1e-9).toBe(true);
      }),
    );
  });
});
