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
}

const fields = ['title', 'text', 'context', 'keywords', 'place', 'people', 'entityNames'] as const;
export type MatchedWords = Partial<Record<(typeof fields)[number], string[]>>;

type Described = Pick<Candidate, 'coverage' | 'words'>;

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
  };
}

/** What a document holds of the text that fits it best. */
export const bestMatch = (document: StoredDocument, texts: readonly QueryTerms[]): Described =>
  texts
    .map((terms) => matchedBy(document, terms))
    .reduce((best, other) => (other.coverage > best.coverage ? other : best));

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
