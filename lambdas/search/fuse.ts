import type { Fusion } from '../contracts/api.ts';
import type { Candidate } from './candidate.ts';
import { scoreShareOfWords } from './fitted.ts';
import { reciprocalRankConstant } from './settings.ts';
import type { Weights } from './weights.ts';

export interface Fused extends Candidate {
  /** In [0, 1]. */
  fusedScore: number;
  /** From 1. */
  fusedRank: number;
}

/** Brings both scores of each candidate into one order, best first. */
export function fuse(candidates: readonly Candidate[], weights: Weights, fusion: Fusion = 'convex'): Fused[] {
  const scoreOf = fusion === 'rrf' ? reciprocalRanks(weights) : convexCombination(candidates, weights);
  return candidates
    .map((candidate) => ({ ...candidate, fusedScore: scoreOf(candidate) }))
    .sort((a, b) => b.fusedScore - a.fusedScore || compare(a.document.documentId, b.document.documentId))
    .map((candidate, position) => ({ ...candidate, fusedRank: position + 1 }));
}

/**
 * Weighted sum of both scores, each brought to [0, 1] by its range over the candidates. BM25's range begins at 0, which
 * is what a document without any word of the query truly has. The words' side is BM25 and coverage together.
 */
function convexCombination(candidates: readonly Candidate[], weights: Weights): (candidate: Candidate) => number {
  const lexical = normaliser(
    candidates.map(({ lexicalScore }) => lexicalScore),
    0,
  );
  const cosines = candidates.flatMap(({ cosine }) => (cosine === undefined ? [] : [cosine]));
  const vector = normaliser(cosines, Math.min(...cosines));
  return ({ lexicalScore, coverage, cosine }) =>
    weights.lexical * (scoreShareOfWords * lexical(lexicalScore) + (1 - scoreShareOfWords) * coverage) +
    (cosine === undefined ? 0 : weights.vector * vector(cosine));
}

/**
 * Reciprocal rank fusion over the lists of those retrievers that have a weight, for comparison: scores are not looked
 * at. Divided by what the first of every list would get.
 */
function reciprocalRanks({ lexical, vector }: Weights): (candidate: Candidate) => number {
  const share = (rank: number | null) =>
    rank === null ? 0 : (reciprocalRankConstant + 1) / (reciprocalRankConstant + rank);
  const lists = (lexical > 0 ? 1 : 0) + (vector > 0 ? 1 : 0);
  return ({ lexicalRank, vectorRank }) =>
    ((lexical > 0 ? share(lexicalRank) : 0) + (vector > 0 ? share(vectorRank) : 0)) / Math.max(lists, 1);
}

/** Candidates that are all alike are all as good as the best. */
function normaliser(scores: readonly number[], minimum: number): (score: number) => number {
  const maximum = Math.max(...scores, minimum);
  const range = maximum - minimum;
  return (score) => (range > 0 ? (score - minimum) / range : score > 0 ? 1 : 0);
}

/** Equal scores keep one order from page to page. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
