import { rerankResponseSchema } from '../contracts/models.ts';
import { errorMessage } from '../runtime/errors.ts';
import type { Fused } from './fuse.ts';
import { deadlineMilliseconds, defaultRerankShare, rerankDepth, rerankShare } from './settings.ts';
import type { Degradation, Endpoint } from './understand.ts';

export interface Ranked extends Fused {
  /** What orders the answer, in [0, 1]. */
  score: number;
  rerankScore: number | null;
}

/** Has the best of the fused order read again by the reranker; without its answer the fused order stands. */
export async function rerank(
  endpoint: Endpoint,
  text: string,
  fused: readonly Fused[],
): Promise<{ ranked: Ranked[]; degraded: Degradation[] }> {
  const best = fused.slice(0, rerankDepth);
  if (best.length < 2) return { ranked: fused.map(asRanked), degraded: [] };
  try {
    const request = { query: text, documents: best.map(({ document }) => readAs(document)) };
    const { model, scores } = await endpoint.invokeJson(request, rerankResponseSchema, {
      timeoutMilliseconds: deadlineMilliseconds.rerank,
    });
    return { ranked: applyRerank(fused, scores, rerankShare[model] ?? defaultRerankShare), degraded: [] };
  } catch (error) {
    const reason = `Not read again by the reranker: ${errorMessage(error)}`;
    return { ranked: fused.map(asRanked), degraded: [{ part: 'rerank', reason }] };
  }
}

/** The reranked ones keep their places among themselves and stay before the rest. */
export function applyRerank(fused: readonly Fused[], scores: readonly number[], share: number): Ranked[] {
  const minimum = Math.min(...scores);
  const range = Math.max(...scores) - minimum;
  const head = fused.slice(0, scores.length).map((candidate, position): Ranked => {
    const rerankScore = scores[position] ?? minimum;
    const normalised = range > 0 ? (rerankScore - minimum) / range : 0;
    return { ...candidate, rerankScore, score: (1 - share) * candidate.fusedScore + share * normalised };
  });
  head.sort((a, b) => b.score - a.score || a.fusedRank - b.fusedRank);
  const ceiling = head.at(-1)?.score ?? 1;
  const tail = fused.slice(scores.length).map((candidate): Ranked => {
    const ranked = asRanked(candidate);
    return { ...ranked, score: Math.min(ranked.score, ceiling) };
  });
  return [...head, ...tail];
}

export const asRanked = (candidate: Fused): Ranked => ({
  ...candidate,
  score: candidate.fusedScore,
  rerankScore: null,
});

const readAs = ({ title, text, context, place }: Fused['document']): string =>
  [title, place ?? '', text, text === '' ? context : ''].filter((part) => part !== '').join('. ');
