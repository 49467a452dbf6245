import { stemsOf } from './analysis.ts';

/** The query's words as the analyzer has them, each with its weight. */
export interface QueryTerms {
  /** Inverse document frequency by stem. */
  weights: ReadonlyMap<string, number>;
  /** Share of the weights that these stems make up, in [0, 1]. */
  shareOf(stems: ReadonlySet<string>): number;
}

/** Words beyond these add nothing to what a query is about. */
export const maxTerms = 32;

/** Different words of a query, by stem. */
export const queryStems = (text: string): Map<string, string> => new Map([...stemsOf(text)].slice(0, maxTerms));

/**
 * Weighs each word by its rarity under the filters, as BM25 does: ln(1 + (N - n + 0.5) / (n + 0.5)). Where the
 * frequencies are not known, all words weigh the same.
 */
export function queryTerms(
  text: string,
  frequencies?: { documents: number; ofStem: ReadonlyMap<string, number> },
): QueryTerms {
  const weights = new Map<string, number>();
  for (const stem of queryStems(text).keys()) {
    const count = frequencies?.ofStem.get(stem);
    weights.set(stem, frequencies === undefined || count === undefined ? 1 : rarity(count, frequencies.documents));
  }
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  return {
    weights,
    shareOf: (stems) => (sum === 0 ? 0 : [...stems].reduce((total, stem) => total + (weights.get(stem) ?? 0), 0) / sum),
  };
}

const rarity = (count: number, documents: number): number =>
  Math.log(1 + Math.max(documents - count + 0.5, 0.5) / (count + 0.5));
