import { stemOf, wordsOf } from './analysis.ts';
import { type Ranked, readAs } from './rerank.ts';
import { feedbackDepth, leastForFeedback } from './settings.ts';
import { isTold, orderTold } from './told-order.ts';

/** By the stem its weight in a text; the squares of all add up to 1. */
type TextVector = ReadonlyMap<string, number>;

/**
 * Orders once more by what the surest of the first hits have in common: relevance feedback after Rocchio (1971), for which
 * each of them counts by its confidence. It is told of what the reranker read word by word, as it read it; the rest stands
 * below all that.
 * @param ranked best first, what was told of before the rest
 * @param share of the likeness to these hits in the score, in [0, 1]
 */
export function orderedByFeedback(ranked: readonly Ranked[], share: number): Ranked[] {
  const told = ranked.filter(isTold);
  if (share === 0 || told.length < leastForFeedback) return [...ranked];
  const vectors = textVectors(told.map(({ document }) => readAs(document)));
  const common = new Map<string, number>();
  for (const [position, { confidence }] of told.slice(0, feedbackDepth).entries())
    for (const [stem, weight] of vectors[position] ?? [])
      common.set(stem, (common.get(stem) ?? 0) + confidence * weight);
  const likeness = vectors.map((vector) => product(vector, common));
  const least = Math.min(...likeness);
  const range = Math.max(...likeness) - least;
  if (range === 0) return [...ranked];
  return orderTold(
    ranked,
    ({ score }, position) => (1 - share) * score + (share * ((likeness[position] ?? least) - least)) / range,
  );
}

/** Each word by the logarithm of how often it comes and its rarity among these texts: what all of them say tells nothing. */
function textVectors(texts: readonly string[]): TextVector[] {
  const counted = texts.map((text) => {
    const counts = new Map<string, number>();
    for (const stem of wordsOf(text).map(stemOf)) if (stem !== '') counts.set(stem, (counts.get(stem) ?? 0) + 1);
    return counts;
  });
  const holding = new Map<string, number>();
  for (const counts of counted) for (const stem of counts.keys()) holding.set(stem, (holding.get(stem) ?? 0) + 1);
  return counted.map((counts) => {
    const weights = [...counts].map(([stem, count]): [string, number] => [
      stem,
      (1 + Math.log(count)) * Math.log(1 + texts.length / (holding.get(stem) ?? 1)),
    ]);
    const length = Math.hypot(...weights.map(([, weight]) => weight));
    return new Map(weights.map(([stem, weight]) => [stem, weight / length]));
  });
}

const product = (vector: TextVector, other: TextVector): number =>
  [...vector].reduce((sum, [stem, weight]) => sum + weight * (other.get(stem) ?? 0), 0);
