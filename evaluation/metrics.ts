/** Gains of one query's judged documents by their ids; 0 is judged and not wanted. */
export type Judgements = ReadonlyMap<string, number>;

/**
 * Normalised discounted cumulative gain over the first `depth` (Järvelin and Kekäläinen, 2002), with the gain itself and
 * log2(rank + 1) as trec_eval has it.
 * @returns a value in [0, 1]; NaN where nothing is wanted
 */
export function ndcg(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const ideal = [...judgements.values()].filter((gain) => gain > 0).sort((a, b) => b - a);
  if (ideal.length === 0) return Number.NaN;
  const gains = ranking.map((id) => Math.max(0, judgements.get(id) ?? 0));
  return discountedGain(gains, depth) / discountedGain(ideal, depth);
}

/** 1 / rank of the first wanted document within `depth`, 0 where there is none there. */
export function reciprocalRank(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const position = ranking.slice(0, depth).findIndex((id) => (judgements.get(id) ?? 0) > 0);
  return position < 0 ? 0 : 1 / (position + 1);
}

/** The share of all wanted documents that the first `depth` hold; NaN where nothing is wanted. */
export function recall(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const wanted = [...judgements].filter(([, gain]) => gain > 0).length;
  if (wanted === 0) return Number.NaN;
  return ranking.slice(0, depth).filter((id) => (judgements.get(id) ?? 0) > 0).length / wanted;
}

const discountedGain = (gains: readonly number[], depth: number): number =>
  gains.slice(0, depth).reduce((sum, gain, position) => sum + gain / Math.log2(position + 2), 0);

export const metricNames = ['nDCG@10', 'MRR@10', 'recall@10', 'recall@100'] as const;
export type MetricName = (typeof metricNames)[number];
export type Metrics = Record<MetricName, number>;

export const metricsOf = (ranking: readonly string[], judgements: Judgements): Metrics => ({
  'nDCG@10': ndcg(ranking, judgements, 10),
  'MRR@10': reciprocalRank(ranking, judgements, 10),
  'recall@10': recall(ranking, judgements, 10),
  'recall@100': recall(ranking, judgements, 100),
});
