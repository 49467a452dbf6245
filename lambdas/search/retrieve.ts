import type { FoundDocument, ScoredCopy, StoredDocument, VectorIndex } from '../clients/vector-index.ts';
import { bestMatch, type Candidate, matchedBy } from './candidate.ts';
import { type Degradation, inTime } from './deadline.ts';
import type { Clause } from './filters.ts';
import { lexicalQuery } from './lexical-query.ts';
import { type QueryTerms, queryTerms } from './query-terms.ts';
import { candidateDepth, deadlineMilliseconds, newestDepth } from './settings.ts';
import { type Survey, survey } from './survey.ts';

export type SearchIndex = Pick<VectorIndex, 'search' | 'scores'>;

export interface Retrieval {
  candidates: Candidate[];
  /** Whether nothing that matches lies beyond the candidates. */
  isWhole: boolean;
  /** The query's words with their rarity under the filters. */
  terms: QueryTerms;
  survey: Survey | undefined;
  degraded: Degradation[];
}
/** What each retriever is asked; one that is not asked brings nothing. */
export interface Question {
  lexicalText?: string;
  /** The same in other words: each document counts by those that fit it best. */
  variants?: readonly string[];
  /** Folded keys under which the index may know a name. */
  names: readonly string[];
  vector?: number[];
}

/** Neither retriever answered: there is nothing to degrade to. */
export class RetrievalError extends Error {
  override readonly name = 'SearchIndexUnavailableError';
}

/**
 * Both retrievals and the survey at once, then the score that each candidate lacks, for those that only one found.
 * @throws RetrievalError where no retriever that was asked answered.
 */
export async function retrieve(index: SearchIndex, question: Question, filter: Clause): Promise<Retrieval> {
  const { lexicalText = '', variants = [], names, vector } = question;
  const texts = [lexicalText, ...variants];
  const isAsked = { words: lexicalText !== '', vectors: vector !== undefined };
  const [byWords, byVector, counted] = await Promise.all([
    isAsked.words
      ? inTime('words', 'Found by meaning alone, not by words', deadlineMilliseconds.words, () =>
          index.search(
            { query: lexicalQuery(lexicalText, names, filter, variants), size: candidateDepth, track_total_hits: true },
            { timeoutMilliseconds: deadlineMilliseconds.words },
          ),
        )
      : undefined,
    vector === undefined
      ? undefined
      : inTime('vectors', 'Found by words alone, not by meaning', deadlineMilliseconds.vectors, () =>
          index.search(
            { query: vectorQuery(vector, candidateDepth, filter), size: candidateDepth },
            { timeoutMilliseconds: deadlineMilliseconds.vectors },
          ),
        ),
    surveyed(index, texts.join(' '), filter),
  ]);
  const degraded = [...(byWords?.degraded ?? []), ...(byVector?.degraded ?? []), ...counted.degraded];
  if (byWords?.value === undefined && byVector?.value === undefined) {
    if (isAsked.words || isAsked.vectors) throw new RetrievalError(degraded.map(({ reason }) => reason).join('; '));
    return { candidates: [], isWhole: true, terms: queryTerms(''), survey: counted.value, degraded };
  }
  const wordsFound = newestCopies(byWords?.value?.found ?? []);
  const vectorFound = newestCopies(byVector?.value?.found ?? []);
  const filled = await inTime('fill', 'Some scores were taken for the lowest', deadlineMilliseconds.fill, () =>
    Promise.all([
      byWords?.value ? lexicalScores(index, lacking(vectorFound, wordsFound), texts, names) : [],
      byVector?.value && vector ? cosines(index, lacking(wordsFound, vectorFound), vector) : [],
    ]),
  );
  const [wordScores, vectorScores] = filled.value ?? [[], []];
  const frequencies = counted.value && { documents: counted.value.documents, ofStem: counted.value.ofStem };
  const asked = queryTerms(lexicalText, frequencies);
  const terms = [asked, ...variants.map((text) => queryTerms(text, frequencies))] as const;
  const candidates = join(wordsFound, vectorFound, wordScores, vectorScores, byVector?.value !== undefined).map(
    (one): Candidate => ({ ...one, ...bestMatch(one.document, terms), confidence: 0 }),
  );
  const isWhole =
    (byWords?.value?.total ?? 0) <= candidateDepth && (byVector?.value?.found.length ?? 0) < candidateDepth;
  return { candidates, isWhole, terms: asked, survey: counted.value, degraded: [...degraded, ...filled.degraded] };
}

/** The newest documents under the filters, for a reader who asks for nothing in particular. */
export async function retrieveNewest(index: SearchIndex, filter: Clause): Promise<Retrieval> {
  const [{ found, total }, counted] = await Promise.all([
    index.search(
      {
        query: filter,
        size: newestDepth,
        sort: [{ arrivedAt: 'desc' }, { documentId: 'asc' }],
        track_total_hits: true,
      },
      { timeoutMilliseconds: deadlineMilliseconds.words },
    ),
    surveyed(index, '', filter),
  ]);
  const nothing = queryTerms('');
  const candidates = newestCopies(found).map(
    ({ document }): Candidate => ({
      document,
      lexicalScore: 0,
      lexicalRank: null,
      vectorRank: null,
      ...matchedBy(document, nothing),
      confidence: 0,
    }),
  );
  return {
    candidates,
    isWhole: total <= newestDepth,
    terms: nothing,
    survey: counted.value,
    degraded: counted.degraded,
  };
}

const surveyed = (index: SearchIndex, text: string, filter: Clause) =>
  inTime('counts', 'What lies under the filters was not counted', deadlineMilliseconds.survey, () =>
    survey(index, text, filter, deadlineMilliseconds.survey),
  );

export const vectorQuery = (vector: number[], k: number, filter: Clause): Clause => ({
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

/** `_id`s of what the one retriever found and the other did not. */
function lacking(found: readonly FoundDocument[], scored: readonly FoundDocument[]): string[] {
  const known = new Set(scored.map(({ document }) => document.documentId));
  return found.filter(({ document }) => !known.has(document.documentId)).map(({ indexId }) => indexId);
}

const lexicalScores = async (
  index: SearchIndex,
  ids: string[],
  [text = '', ...variants]: readonly string[],
  names: readonly string[],
): Promise<ScoredCopy[]> =>
  ids.length === 0 ? [] : index.scores(lexicalQuery(text, names, onlyThese(ids), variants), ids.length, fillTimeout);
const cosines = async (index: SearchIndex, ids: string[], vector: number[]): Promise<ScoredCopy[]> =>
  ids.length === 0 ? [] : index.scores(vectorQuery(vector, ids.length, onlyThese(ids)), ids.length, fillTimeout);
const fillTimeout = { timeoutMilliseconds: deadlineMilliseconds.fill };

type Scored = Pick<Candidate, 'document' | 'lexicalScore' | 'cosine' | 'lexicalRank' | 'vectorRank'>;

function join(
  wordsFound: readonly FoundDocument[],
  vectorFound: readonly FoundDocument[],
  wordScores: readonly ScoredCopy[],
  vectorScores: readonly ScoredCopy[],
  hasVectors: boolean,
): Scored[] {
  // By document and not by copy: of doubles each retriever may have found another.
  const documentIds = new Map([...wordsFound, ...vectorFound].map((hit) => [hit.indexId, hit.document.documentId]));
  const idOf = ({ indexId }: ScoredCopy) => documentIds.get(indexId) ?? indexId;
  const words = new Map([...wordScores, ...wordsFound].map((hit) => [idOf(hit), hit.score]));
  const vectors = new Map([...vectorScores, ...vectorFound].map((hit) => [idOf(hit), cosineOf(hit.score)]));
  const wordRanks = new Map(wordsFound.map((hit, position) => [idOf(hit), position + 1]));
  const vectorRanks = new Map(vectorFound.map((hit, position) => [idOf(hit), position + 1]));
  // Not among the nearest, so no nearer than the last of them.
  const farthest = vectors.size === 0 ? -1 : Math.min(...vectors.values());
  return newestCopies([...wordsFound, ...vectorFound]).map((hit): Scored => {
    const id = idOf(hit);
    return {
      document: hit.document,
      lexicalScore: words.get(id) ?? 0,
      ...(hasVectors ? { cosine: vectors.get(id) ?? farthest } : {}),
      lexicalRank: wordRanks.get(id) ?? null,
      vectorRank: vectorRanks.get(id) ?? null,
    };
  });
}
