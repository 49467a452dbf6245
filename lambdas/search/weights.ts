import type { Fusion } from '../contracts/search.ts';
import type { Candidate } from './candidate.ts';
import { lexicalShareCoefficients } from './fitted.ts';
import { logistic, sumOf } from './logistic.ts';

/** The two shares of the fused score; they add up to 1. */
export interface Weights {
  lexical: number;
  vector: number;
  /** What moved the share of words, strongest first, in words. */
  reasons: string[];
}

export type ShareFeatures = Record<Exclude<keyof typeof lexicalShareCoefficients, 'intercept'>, number>;

/** Neither retriever is ever left out by a weight alone. */
const leastShare = 0.05;

/** How much this query is to be taken by its words: a logistic function of its features, fitted on tuning data. */
export function weightsOf(
  candidates: readonly Candidate[],
  query: { termCount: number; hasEntities: boolean; hasWords: boolean; hasVector: boolean },
  fusion: Fusion = 'convex',
): Weights {
  if (!query.hasVector) return { lexical: 1, vector: 0, reasons: ['meaning was not searched'] };
  if (!query.hasWords) return { lexical: 0, vector: 1, reasons: ['words were not searched'] };
  if (fusion === 'even') return { lexical: 0.5, vector: 0.5, reasons: ['one share for all queries was asked for'] };
  const features = shareFeatures(candidates, query);
  const share = logistic(sumOf(lexicalShareCoefficients, features));
  const lexical = Math.round(Math.min(Math.max(share, leastShare), 1 - leastShare) * 1000) / 1000;
  return { lexical, vector: Math.round((1 - lexical) * 1000) / 1000, reasons: reasonsOf(features) };
}

const topDepth = 10;

/** What a query and the scores of its candidates say about whom to trust. Each feature is about as large as 1. */
export function shareFeatures(
  candidates: readonly Candidate[],
  query: { termCount: number; hasEntities: boolean },
): ShareFeatures {
  const lexicalScores = candidates.map(({ lexicalScore }) => lexicalScore).sort((a, b) => b - a);
  return {
    length: Math.log2(1 + query.termCount) / 3,
    names: query.hasEntities ? 1 : 0,
    coverage: Math.max(0, ...candidates.map(({ coverage }) => coverage)),
    lexicalDrop: drop(lexicalScores),
  };
}

/** How far the tenth lies below the first, as a share of the first. */
function drop(sorted: readonly number[]): number {
  const [first = 0] = sorted;
  const tenth = sorted[Math.min(topDepth, sorted.length) - 1] ?? 0;
  return first > 0 ? (first - tenth) / first : 0;
}

const sayings: Record<keyof ShareFeatures, [more: string, less: string]> = {
  length: ['the query has many words', 'the query has many words'],
  names: ['names are asked for', 'names are asked for, which meaning knows as well'],
  coverage: ['a document holds most of the words', 'a document holds most of the words anyway'],
  lexicalDrop: ['few documents match the words well', 'few documents match the words well'],
};
const maxReasons = 3;
const leastEffect = 0.1;

function reasonsOf(features: ShareFeatures): string[] {
  return (Object.keys(sayings) as (keyof ShareFeatures)[])
    .map((name) => ({ name, effect: lexicalShareCoefficients[name] * features[name] }))
    .filter(({ effect }) => Math.abs(effect) >= leastEffect)
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, maxReasons)
    .map(({ name, effect }) => sayings[name][effect > 0 ? 0 : 1]);
}
