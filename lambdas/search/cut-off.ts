import type { Candidate } from './candidate.ts';
import {
  confidenceByOneWordCoefficients,
  confidenceBySupportCoefficients,
  confidenceByWordsCoefficients,
  confidenceCoefficients,
} from './fitted.ts';
import type { AssetGroup } from './group.ts';
import { logistic, sumOf } from './logistic.ts';
import type { Support } from './support.ts';

/**
 * Estimated probability that a document answers the query, in [0, 1]; calibrated on tuning data. What the reranker says
 * of single words tells most, for a document may be near a query of which it lacks the one word that matters. Where one
 * word is all that is asked, the nearness of the whole says as much.
 */
export function confidenceOf(
  { cosine, coverage, support }: Pick<Candidate, 'cosine' | 'coverage'> & { support?: Support | undefined },
  query: { hasNames: boolean; hasPhrases: boolean },
): number {
  if (support?.isOneOtherWord && cosine !== undefined)
    return logistic(sumOf(confidenceByOneWordCoefficients, { cosine, support: support.geometricMean }));
  if (support !== undefined && cosine !== undefined)
    return logistic(
      sumOf(confidenceBySupportCoefficients, {
        cosine,
        words: Math.log2(1 + support.words),
        geometricMean: support.geometricMean,
        weakestName: support.weakestName,
        weakest: support.weakest,
        phrases: query.hasPhrases ? 1 : 0,
      }),
    );
  const words = { coverage, names: query.hasNames ? 1 : 0, phrases: query.hasPhrases ? 1 : 0 };
  return logistic(
    cosine === undefined
      ? sumOf(confidenceByWordsCoefficients, words)
      : sumOf(confidenceCoefficients, { ...words, cosine }),
  );
}

/**
 * Parts the assets by two lines. Where not even the surest reaches the answer's line, the archive has no answer and
 * nothing is above; otherwise what reaches the hit's line is. An asset is as sure as its surest document, and one above
 * the line keeps only those of its documents that are above it themselves. Both lists keep their order.
 */
export function cutOff(
  groups: readonly AssetGroup[],
  lines: { answer: number; hit: number },
): { above: AssetGroup[]; below: AssetGroup[] } {
  const isAnswered = groups.some(({ confidence }) => confidence >= lines.answer);
  if (!isAnswered) return { above: [], below: [...groups] };
  const above: AssetGroup[] = [];
  const below: AssetGroup[] = [];
  for (const group of groups) {
    const [best, ...rest] = group.documents.filter(({ confidence }) => confidence >= lines.hit);
    if (best === undefined) below.push(group);
    else above.push({ ...group, documents: [best, ...rest] });
  }
  return { above, below };
}

/** The place, from 1, of the last asset that reaches the answer's line itself; 0 where none does. */
export const sureTotal = (groups: readonly AssetGroup[], answerLine: number): number =>
  groups.findLastIndex(({ confidence }) => confidence >= answerLine) + 1;
