import type { StoredDocument } from '../clients/vector-index.ts';
import { stemOf, wordsOf } from './analysis.ts';
import type { QueryTerms } from './query-terms.ts';

/** One document with both of its scores. */
export interface Candidate {
  document: StoredDocument;
  /** BM25; 0 where no word of the query is in it. */
  lexicalScore: number;
  /** Cosine of query and document in [-1, 1]; undefined where the query has no vector. */
  cosine?: number;
  /** Ranks from 1 in each retriever's own list; null where it was not in it. */
  lexicalRank: number | null;
  vectorRank: number | null;
  /** Share of the query's words that it holds, weighed by their rarity, in [0, 1]. */
  coverage: number;
  /** Estimated probability that it answers the query, in [0, 1]; 0 until it is estimated. */
  confidence: number;
  /** Words of the document that the query matched, by field, as they are written there. */
  words: MatchedWords;
  /** Stems of the query that it holds, be it under another name. */
  held: ReadonlySet<string>;
}

const fields = ['title', 'text', 'context', 'keywords', 'place', 'people', 'entityNames'] as const;
export type MatchedWords = Partial<Record<(typeof fields)[number], string[]>>;

type Described = Pick<Candidate, 'coverage' | 'words' | 'held'>;

/** What of the query a document holds. */
export function matchedBy(document: StoredDocument, query: QueryTerms): Described {
  const words: MatchedWords = {};
  const held = new Set<string>();
  if (query.weights.size > 0)
    for (const field of fields)
      for (const written of wordsOf(textOf(document, field))) {
        const stem = stemOf(written);
        if (!query.weights.has(stem)) continue;
        held.add(stem);
        words[field] ??= [];
        if (!words[field].includes(written)) words[field].push(written);
      }
  return {
    coverage: query.shareOf(held),
    words,
    held,
  };
}

/**
 * What a document holds of the text that fits it best, and of the first text's words all those that it holds in any of
 * them: where another text has other words in the place of some, those count as held with all of the others.
 */
export function bestMatch(document: StoredDocument, texts: readonly [QueryTerms, ...QueryTerms[]]): Described {
  const own = matchedBy(document, texts[0]);
  const held = new Set(own.held);
  let best = own;
  for (const terms of texts.slice(1)) {
    const other = matchedBy(document, terms);
    if (other.coverage > best.coverage) best = other;
    const replacing = [...terms.weights.keys()].filter((stem) => !texts[0].weights.has(stem));
    const isReplaced = replacing.length > 0 && replacing.every((stem) => other.held.has(stem));
    for (const stem of texts[0].weights.keys())
      if (terms.weights.has(stem) ? other.held.has(stem) : isReplaced) held.add(stem);
  }
  return { ...best, held };
}

function textOf(document: StoredDocument, field: (typeof fields)[number]): string {
  switch (field) {
    case 'keywords':
    case 'people':
      return document[field].join(' ');
    case 'entityNames':
      return document.entities.map(({ text }) => text).join(' ');
    case 'place':
      return document.place ?? '';
    default:
      return document[field];
  }
}
