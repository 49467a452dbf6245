/** A document as the two retrievers scored it; ranks start at 1 and are null where the retriever did not list it. */
export interface Candidate {
  documentId: string;
  lexicalScore: number;
  lexicalRank: number | null;
  /** Cosine, -1 to 1; null where no vector was compared. */
  cosine: number | null;
  vectorRank: number | null;
}
export interface Fused extends Candidate {
  /** 0 to 1. */
  fusedScore: number;
}
export interface Weights {
  lexicalWeight: number;
  vectorWeight: number;
}

/** Share of meaning in a query without names, and what a query made of names alone loses of it. */
const vectorShare = 0.7;
const namesShare = 0.3;

/**
 * The weight of meaning against words, by query: a name is a word that must be there, a mood is none that is.
 * Over public collections the best fixed share runs from 0.5 (titles full of terms) to 0.8 (long abstracts), see
 * Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023) for why a convex combination.
 */
export function weightsFor(text: string, entities: readonly { text: string }[], hasVector: boolean): Weights {
  if (!hasVector) return { lexicalWeight: 1, vectorWeight: 0 };
  const words = text.split(/\s+/).filter(Boolean).length;
  const named = entities.reduce((sum, entity) => sum + entity.text.split(/\s+/).filter(Boolean).length, 0);
  const share = words === 0 ? 0 : Math.min(1, named / words);
  const vectorWeight = Number((vectorShare - namesShare * share).toFixed(3));
  return { lexicalWeight: Number((1 - vectorWeight).toFixed(3)), vectorWeight };
}

/**
 * Min-max convex combination. Words are scaled from 0, which is what no match scores; meaning from the lowest cosine
 * among the candidates. Ties keep the better lexical score first, then the id, so that pages never overlap.
 */
export function fuse(candidates: readonly Candidate[], weights: Weights): Fused[] {
  const highestLexical = Math.max(0, ...candidates.map(({ lexicalScore }) => lexicalScore));
  const cosines = candidates.flatMap(({ cosine }) => (cosine === null ? [] : [cosine]));
  const lowest = Math.min(...cosines);
  const spread = Math.max(...cosines) - lowest;
  const scaled = (cosine: number | null): number => (cosine === null ? 0 : spread > 0 ? (cosine - lowest) / spread : 1);
  return candidates
    .map((candidate) => ({
      ...candidate,
      fusedScore:
        weights.lexicalWeight * (highestLexical > 0 ? candidate.lexicalScore / highestLexical : 0) +
        weights.vectorWeight * scaled(candidate.cosine),
    }))
    .sort(
      (a, b) =>
        b.fusedScore - a.fusedScore || b.lexicalScore - a.lexicalScore || (a.documentId < b.documentId ? -1 : 1),
    );
}

/** Below this cosine all-MiniLM-L6-v2 sees no relation between a query and a caption or passage. */
export const relationFloor = 0.25;
/** A word in common counts as an answer by itself only when it weighs something beside the best match. */
const lexicalFloorShare = 0.3;

/** Takes out what neither shares weighty words with the query nor means something near it. */
export function plausible(candidates: readonly Candidate[]): Candidate[] {
  const highestLexical = Math.max(0, ...candidates.map(({ lexicalScore }) => lexicalScore));
  return candidates.filter(
    ({ lexicalScore, cosine }) =>
      (cosine !== null && cosine >= relationFloor) ||
      (lexicalScore > 0 && lexicalScore >= lexicalFloorShare * highestLexical),
  );
}
