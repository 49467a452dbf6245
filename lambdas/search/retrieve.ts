import type { FoundDocument, StoredDocument, VectorIndex } from '../clients/vector-index.ts';
import type { Clause } from './filters.ts';
import { clauseNames, lexicalQuery } from './lexical-query.ts';
import { candidateDepth, newestDepth } from './settings.ts';
import type { Understanding } from './understand.ts';

export type SearchIndex = Pick<VectorIndex, 'search'>;

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
  /** Whether it holds most of the query's words, or a name that the query names. */
  isCovered: boolean;
  isNamed: boolean;
}
export interface Retrieval {
  candidates: Candidate[];
  /** Whether nothing that matches lies beyond the candidates. */
  isWhole: boolean;
}

/** Both retrievals at once, then the score that each candidate lacks, for those that only one of them found. */
export async function retrieve(
  index: SearchIndex,
  { text, entities, vector }: Understanding,
  filter: Clause,
): Promise<Retrieval> {
  const lexical = lexicalQuery(text, entities, filter);
  const [byWords, byVector] = await Promise.all([
    index.search({ query: lexical, size: candidateDepth, track_total_hits: true }),
    vector === undefined
      ? undefined
      : index.search({ query: vectorQuery(vector, candidateDepth, filter), size: candidateDepth }),
  ]);
  const wordsFound = newestCopies(byWords.found);
  const vectorFound = newestCopies(byVector?.found ?? []);
  const [wordScores, vectorScores] = await Promise.all([
    lacking(vectorFound, wordsFound, (ids) =>
      index.search({ query: lexicalQuery(text, entities, onlyThese(ids)), size: ids.length }),
    ),
    vector === undefined
      ? []
      : lacking(wordsFound, vectorFound, (ids) =>
          index.search({ query: vectorQuery(vector, ids.length, onlyThese(ids)), size: ids.length }),
        ),
  ]);
  const candidates = join(wordsFound, vectorFound, wordScores, vectorScores);
  const isWhole = byWords.total <= candidateDepth && (byVector === undefined || byVector.found.length < candidateDepth);
  return { candidates, isWhole };
}

/** The newest documents under the filters, for a reader who asks for nothing in particular. */
export async function retrieveNewest(index: SearchIndex, filter: Clause): Promise<Retrieval> {
  const { found, total } = await index.search({
    query: filter,
    size: newestDepth,
    sort: [{ arrivedAt: 'desc' }, { documentId: 'asc' }],
    track_total_hits: true,
  });
  const candidates = newestCopies(found).map(
    ({ document }): Candidate => ({
      document,
      lexicalScore: 0,
      lexicalRank: null,
      vectorRank: null,
      isCovered: false,
      isNamed: false,
    }),
  );
  return { candidates, isWhole: total <= newestDepth };
}

const vectorQuery = (vector: number[], k: number, filter: Clause): Clause => ({
  knn: { vector: { vector, k, filter } },
});

/** By `_id`, so that the very copies that were found get their scores; few enough that the k-NN search is exact. */
const onlyThese = (indexIds: readonly string[]): Clause => ({ ids: { values: indexIds } });

/** OpenSearch's score of the cosine space is (1 + cosine) / 2. */
export const cosineOf = (score: number): number => 2 * score - 1;

/**
 * One copy a document: the newest attempt's, and of doubles within it the last written. The order stays that of the
 * first copy found.
 */
export function newestCopies(found: readonly FoundDocument[]): FoundDocument[] {
  const byDocument = new Map<string, FoundDocument>();
  for (const copy of found) {
    const other = byDocument.get(copy.document.documentId);
    if (other === undefined || isNewer(copy.document, other.document)) byDocument.set(copy.document.documentId, copy);
  }
  return [...byDocument.values()];
}

function isNewer(one: StoredDocument, other: StoredDocument): boolean {
  if (one.attempt !== other.attempt) return one.attempt > other.attempt;
  return Date.parse(one.writtenAt) > Date.parse(other.writtenAt);
}

async function lacking(
  candidates: readonly FoundDocument[],
  scored: readonly FoundDocument[],
  score: (indexIds: string[]) => Promise<{ found: FoundDocument[] }>,
): Promise<FoundDocument[]> {
  const known = new Set(scored.map(({ document }) => document.documentId));
  const ids = candidates.filter(({ document }) => !known.has(document.documentId)).map(({ indexId }) => indexId);
  return ids.length === 0 ? [] : (await score(ids)).found;
}

function join(
  wordsFound: readonly FoundDocument[],
  vectorFound: readonly FoundDocument[],
  wordScores: readonly FoundDocument[],
  vectorScores: readonly FoundDocument[],
): Candidate[] {
  const idOf = ({ document }: FoundDocument) => document.documentId;
  const words = new Map([...wordScores, ...wordsFound].map((hit) => [idOf(hit), hit]));
  const vectors = new Map([...vectorScores, ...vectorFound].map((hit) => [idOf(hit), hit]));
  const wordRanks = new Map(wordsFound.map((hit, position) => [idOf(hit), position + 1]));
  const vectorRanks = new Map(vectorFound.map((hit, position) => [idOf(hit), position + 1]));
  return newestCopies([...wordsFound, ...vectorFound]).map((hit): Candidate => {
    const id = idOf(hit);
    const vector = vectors.get(id);
    const clauses = words.get(id)?.matchedClauses ?? [];
    return {
      document: hit.document,
      lexicalScore: words.get(id)?.score ?? 0,
      ...(vector === undefined ? {} : { cosine: cosineOf(vector.score) }),
      lexicalRank: wordRanks.get(id) ?? null,
      vectorRank: vectorRanks.get(id) ?? null,
      isCovered: clauses.includes(clauseNames.covers),
      isNamed: clauses.includes(clauseNames.names),
    };
  });
}
