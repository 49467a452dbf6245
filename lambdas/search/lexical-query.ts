import { entityKey } from '../contracts/entity-key.ts';
import { entityLabelSchema } from '../contracts/models.ts';
import type { Clause } from './filters.ts';
import { lexicalFields } from './settings.ts';

/** A name of more words, or beyond the first words of a long query, is rare enough to leave to the words. */
const maxNameWords = 4;
const maxQueryWords = 24;

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
  const should: Clause[] =
    variants.length === 0
      ? wordsClauses(text)
      : [{ dis_max: { queries: [text, ...variants].map((one) => ({ bool: { should: wordsClauses(one) } })) } }];
  if (names.length > 0) {
    const entityKeys = names.flatMap((key) => entityLabelSchema.options.map((label) => `${label}:${key}`));
    should.push({ constant_score: { filter: { terms: { entityKeys } }, boost: 4 } });
  }
  return { bool: { should, minimum_should_match: 1, filter: [filter] } };
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
