import { confidenceOf } from './cut-off.ts';
import type { Ranked } from './rerank.ts';
import { isTold, orderTold } from './told-order.ts';

/**
 * Estimates how sure each document is to answer, and orders once more by it what the reranker told of word by word. What
 * it did not tell of stands below all that, and so is no surer than the surest of it.
 * @param share of the confidence in the score, in [0, 1]
 */
export function orderedByConfidence(
  ranked: readonly Ranked[],
  asked: { hasNames: boolean; hasPhrases: boolean },
  share: number,
): Ranked[] {
  const estimated = ranked.map((one) => ({ ...one, confidence: confidenceOf(one, asked) }));
  if (!estimated.some(isTold)) return estimated;
  const ceiling = Math.max(...estimated.filter(isTold).map(({ confidence }) => confidence));
  const bounded = estimated.map((one) =>
    isTold(one) ? one : { ...one, confidence: Math.min(one.confidence, ceiling) },
  );
  return orderTold(bounded, ({ score, confidence }) => (1 - share) * score + share * confidence);
}

/**
 * Orders once more by the kind of document, among what the reranker told of word by word: of what is alike in all else a
 * photo comes first, whose caption speaks of all that is to be seen, where a shot or a passage is a part of something.
 * @param photoPrior what a photo's score is raised by before all are brought to [0, 1] again
 */
export const orderedByKind = (ranked: readonly Ranked[], photoPrior: number): Ranked[] =>
  orderTold(ranked, ({ score, document }) => (score + (document.kind === 'photo' ? photoPrior : 0)) / (1 + photoPrior));
