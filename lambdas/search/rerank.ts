import { rerankResponseSchema } from '../contracts/models.ts';
import { type Degradation, inTime } from './deadline.ts';
import type { Fused } from './fuse.ts';
import { deadlineMilliseconds, defaultRerankShare, rerankDepth, rerankShare } from './settings.ts';
import { type Endpoint, identityOf } from './understand.ts';

export interface Ranked extends Fused {
  /** What orders the answer, in [0, 1]. */
  score: number;
  rerankScore: number | null;
  /** From 1 among those that the reranker read, by its score alone. */
  rerankRank: number | null;
  /** From 1, after every stage. */
  finalRank: number;
}
export interface Reranking {
  ranked: Ranked[];
  model?: string;
  degraded: Degradation[];
}

/** Has the best of the fused order read again by the reranker; without its answer the fused order stands. */
export async function rerank(endpoint: Endpoint, text: string, fused: readonly Fused[]): Promise<Reranking> {
  const best = fused.slice(0, rerankDepth);
  if (best.length < 2) return { ranked: inFusedOrder(fused), degraded: [] };
  const request = { query: text, documents: best.map(({ document }) => readAs(document)) };
  const { value: answer, degraded } = await inTime(
    'rerank',
    'Not read again by the reranker',
    deadlineMilliseconds.rerank,
    () => endpoint.invokeJson(request, rerankResponseSchema, { timeoutMilliseconds: deadlineMilliseconds.rerank }),
  );
  if (answer === undefined) return { ranked: inFusedOrder(fused), degraded };
  const share = rerankShare[answer.model] ?? defaultRerankShare;
  return { ranked: applyRerank(fused, answer.scores, share), model: identityOf(answer), degraded };
}

/** The reranked ones keep their places among themselves and stay before the rest. */
export function applyRerank(fused: readonly Fused[], scores: readonly number[], share: number): Ranked[] {
  const minimum = Math.min(...scores);
  const range = Math.max(...scores) - minimum;
  const descending = scores.toSorted((a, b) => b - a);
  const head = fused.slice(0, scores.length).map((candidate, position) => {
    const rerankScore = scores[position] ?? minimum;
    const normalised = range > 0 ? (rerankScore - minimum) / range : 0;
    return {
      ...candidate,
      rerankScore,
      rerankRank: descending.indexOf(rerankScore) + 1,
      score: (1 - share) * candidate.fusedScore + share * normalised,
    };
  });
  head.sort((a, b) => b.score - a.score || a.fusedRank - b.fusedRank);
  const ceiling = head.at(-1)?.score ?? 1;
  const tail = fused
    .slice(scores.length)
    .map((candidate) => ({ ...candidate, ...unread, score: Math.min(candidate.fusedScore, ceiling) }));
  return [...head, ...tail].map((one, position) => ({ ...one, finalRank: position + 1 }));
}

const unread = { rerankScore: null, rerankRank: null };

/** What was fused, with nothing read again. */
export const inFusedOrder = (fused: readonly Fused[]): Ranked[] =>
  fused.map((candidate, position) => ({
    ...candidate,
    ...unread,
    score: candidate.fusedScore,
    finalRank: position + 1,
  }));

/** Headline, description and names: what a reader would look at. */
export function readAs({ title, text, context, place, entities }: Fused['document']): string {
  const names = [...new Set([...(place === undefined ? [] : [place]), ...entities.map((entity) => entity.text)])];
  const said = `${title} ${text === '' ? context : text}`.toLowerCase();
  const unsaid = names.filter((name) => !said.includes(name.toLowerCase()));
  return [title, text === '' ? context : text, unsaid.join(', ')].filter((part) => part !== '').join(' | ');
}
