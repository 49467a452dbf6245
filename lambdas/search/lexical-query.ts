import { entityKey, underEveryLabel } from '../contracts/entity-key.ts';
import { stemsOf, wordsOf } from './analysis.ts';
import type { Clause } from './filters.ts';
import { lexicalFields } from './settings.ts';

/** A name of more words, or beyond the first words of a long query, is rare enough to leave to the words. */
const maxNameWords = 4;
const maxQueryWords = 24;
/**
 * Lucene takes 1,024 clauses a query; each word asks twice in every weighted field and once in two others, which is 16
 * clauses, and the phrase asks for it once more.
 */
const maxWordsInAll = 56;

/**
 * BM25 over the weighted fields, as one field of many parts so that a name in the title and an action in the text count
 * together. Names that the index knows under their folded key add a constant: they match without accents, in any case,
 * and whether or not the model found them in the query. Of several texts for one query the one that fits a document best
 * counts.
 */
export function lexicalQuery(
  text: string,
  names: readonly string[],
  filter: Clause,
  variants: readonly string[] = [],
): Clause {
  const [first = '', ...others] = boundedTexts([text, ...variants]);
  const should: Clause[] =
    others.length === 0
      ? wordsClauses(first)
      : [{ dis_max: { queries: [first, ...others].map((one) => ({ bool: { should: wordsClauses(one) } })) } }];
  if (names.length > 0) {
    const entityKeys = names.flatMap(underEveryLabel);
    should.push({ constant_score: { filter: { terms: { entityKeys } }, boost: 4 } });
  }
  return { bool: { should, minimum_should_match: 1, filter: [filter] } };
}

/** As many of the texts as fit, the first ones first; of a first one that is too long its first different words. */
export function boundedTexts(texts: readonly string[]): string[] {
  const bounded: string[] = [];
  let left = maxWordsInAll;
  for (const text of texts) {
    const words = wordsOf(text);
    if (words.length > left && bounded.length > 0) break;
    bounded.push(words.length > left ? [...stemsOf(text).values()].slice(0, left).join(' ') : text);
    left -= Math.min(words.length, left);
  }
  return bounded;
}

function wordsClauses(text: string): Clause[] {
  const words = { query: text, type: 'cross_fields', fields: lexicalFields, tie_breaker: 0.2 };
  return [
    { multi_match: { ...words, operator: 'or' } },
    // Most of the words: such a document is about the query, one that shares a single word may not be.
    { multi_match: { ...words, minimum_should_match: '2<66%', boost: 0.5 } },
    { match_phrase: { text: { query: text, slop: 2, boost: 0.5 } } },
    { match: { entityNames: { query: entityKey(text), boost: 0.5 } } },
    { match: { exact: { query: entityKey(text), boost: 0.3 } } },
  ];
}

/** Folded keys of all runs of the query's words, and of the names that were read out of it. */
export function nameKeys(text: string, entities: readonly { key: string }[]): string[] {
  const words = text.split(' ').slice(0, maxQueryWords);
  const keys = new Set(entities.map(({ key }) => key));
  for (let start = 0; start < words.length; start++)
    for (let length = 1; length <= maxNameWords && start + length <= words.length; length++) {
      const key = entityKey(words.slice(start, start + length).join(' '));
      if (key.length > 2) keys.add(key);
    }
  return [...keys];
}
