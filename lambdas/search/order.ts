import { confidenceOf } from './cut-off.ts';
import type { Ranked } from './rerank.ts';

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
  const told = estimated.filter(({ support }) => support !== undefined);
  if (told.length === 0) return estimated;
  const ceiling = Math.max(...told.map(({ confidence }) => confidence));
  const ordered = told
    .map((one) => ({ ...one, score: (1 - share) * one.score + share * one.confidence }))
    .sort((a, b) => b.score - a.score || a.finalRank - b.finalRank);
  const floor = Math.min(...ordered.map(({ score }) => score));
  const others = estimated
    .filter(({ support }) => support === undefined)
    .map((one) => ({ ...one, confidence: Math.min(one.confidence, ceiling), score: Math.min(one.score, floor) }));
  return [...ordered, ...others].map((one, position) => ({ ...one, finalRank: position + 1 }));
}
