import type { Ranked } from './rerank.ts';

/** Whether the reranker told of it word by word. */
export const isTold = ({ support }: Ranked): boolean => support !== undefined;

/**
 * Orders anew what the reranker told of word by word; what it did not tell of stands below all that, as it stood.
 * @param scoreOf one of it, `position` among what was told of
 */
export function orderTold(ranked: readonly Ranked[], scoreOf: (one: Ranked, position: number) => number): Ranked[] {
  const told = ranked
    .filter(isTold)
    .map((one, position) => ({ ...one, score: scoreOf(one, position) }))
    .sort((a, b) => b.score - a.score || a.finalRank - b.finalRank);
  if (told.length === 0) return [...ranked];
  const floor = Math.min(...told.map(({ score }) => score));
  const others = ranked.filter((one) => !isTold(one)).map((one) => ({ ...one, score: Math.min(one.score, floor) }));
  return [...told, ...others].map((one, position) => ({ ...one, finalRank: position + 1 }));
}
