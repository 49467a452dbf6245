import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import type { StoredDocument } from '../clients/vector-index.ts';
import { rerankResponseSchema } from '../contracts/models.ts';
import { errorMessage } from '../runtime/errors.ts';
import type { Fused } from './fuse.ts';
import type { Degradation } from './understand.ts';

export interface Ranked extends Fused {
  fusedRank: number;
  rerankScore: number | null;
  score: number;
}

/** Pairs a query: about what a small reranker reads within its deadline on one core. */
export const rerankDepth = 24;
export const rerankLimitMilliseconds = 2000;
/** The reranker's share in the final score; the rest stays with the fused one, which it would otherwise undo. */
const rerankShare = 0.5;
/** A pair beyond this is cut by the model anyway: 128 tokens of the document at four to six characters each. */
const maxPairCharacters = 800;

/** What the reranker reads of a document. */
export const pairText = ({ title, text, context }: StoredDocument): string =>
  [...new Set([title, text, context])].filter(Boolean).join('. ').slice(0, maxPairCharacters);

/** Mixes rerank scores, scaled over the reranked ones, into the fused order; the tail keeps its order below them. */
export function mixed(fused: readonly Fused[], scores: readonly number[]): Ranked[] {
  const lowest = Math.min(...scores);
  const spread = Math.max(...scores) - lowest;
  const ranked = fused.map((candidate, index): Ranked => {
    const rerankScore = scores[index];
    return {
      ...candidate,
      fusedRank: index + 1,
      rerankScore: rerankScore ?? null,
      score:
        rerankScore === undefined
          ? candidate.fusedScore * (1 - rerankShare)
          : candidate.fusedScore * (1 - rerankShare) + rerankShare * (spread > 0 ? (rerankScore - lowest) / spread : 1),
    };
  });
  const head = ranked.slice(0, scores.length).sort((a, b) => b.score - a.score || a.fusedRank - b.fusedRank);
  return [...head, ...ranked.slice(scores.length)];
}

export const unranked = (fused: readonly Fused[]): Ranked[] =>
  fused.map((candidate, index) => ({
    ...candidate,
    fusedRank: index + 1,
    rerankScore: null,
    score: candidate.fusedScore,
  }));

/** Lets the reranker read the best candidates against the query; without an answer the fused order stands. */
export async function rerank(
  query: string,
  fused: readonly Fused[],
  documents: ReadonlyMap<string, StoredDocument>,
  endpoint: ModelEndpoint,
): Promise<{ ranked: Ranked[]; degraded: Degradation[] }> {
  const pairs = fused.slice(0, rerankDepth).flatMap(({ documentId }) => {
    const document = documents.get(documentId);
    return document ? [pairText(document)] : [];
  });
  if (pairs.length < 2) return { ranked: unranked(fused), degraded: [] };
  try {
    const { scores } = await endpoint.invokeJson({ query, documents: pairs }, rerankResponseSchema, {
      timeoutMilliseconds: rerankLimitMilliseconds,
    });
    if (scores.length !== pairs.length) throw new Error(`${scores.length} scores for ${pairs.length} pairs`);
    return { ranked: mixed(fused, scores), degraded: [] };
  } catch (error) {
    return {
      ranked: unranked(fused),
      degraded: [{ part: 'reranking', reason: `The best hits were not read a second time: ${errorMessage(error)}` }],
    };
  }
}
