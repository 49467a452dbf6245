import type { Candidate } from './retrieve.ts';
import type { Weights } from './weights.ts';

export interface Fused extends Candidate {
  /** In [0, 1]. */
  fusedScore: number;
  /** From 1. */
  fusedRank: number;
}

/**
 * Convex combination of both scores, each brought to [0, 1] by its range over the candidates. BM25's range begins at 0,
 * which is what a document without any word of the query truly has.
 */
export function fuse(candidates: readonly Candidate[], weights: Weights): Fused[] {
  const lexical = normaliser(
    candidates.map(({ lexicalScore }) => lexicalScore),
    0,
  );
  const cosines = candidates.flatMap(({ cosine }) => (cosine === undefined ? [] : [cosine]));
  const vector = normaliser(cosines, Math.min(...cosines));
  return candidates
    .map((candidate) => ({
      ...candidate,
      fusedScore:
        weights.lexical * lexical(candidate.lexicalScore) +
        (candidate.cosine === undefined ? 0 : weights.vector * vector(candidate.cosine)),
    }))
    .sort((a, b) => b.fusedScore - a.fusedScore || compare(a.document.documentId, b.document.documentId))
    .map((candidate, position) => ({ ...candidate, fusedRank: position + 1 }));
}

/** Candidates that are all alike are all as good as the best. */
function normaliser(scores: readonly number[], minimum: number): (score: number) => number {
  const maximum = Math.max(...scores, minimum);
  const range = maximum - minimum;
  return (score) => (range > 0 ? (score - minimum) / range : score > 0 ? 1 : 0);
}

/** Equal scores keep one order from page to page. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
