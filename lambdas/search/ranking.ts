import type { SearchQuery, SearchResponse } from '../contracts/api.ts';
import type { Degradation } from './deadline.ts';
import { orderedByFeedback } from './feedback.ts';
import { type Filters, filtersOf, joinFilters } from './filters.ts';
import { confidenceShare, feedbackShare, photoPrior } from './fitted.ts';
import { fuse } from './fuse.ts';
import { nameKeys } from './lexical-query.ts';
import { orderedByConfidence, orderedByKind } from './order.ts';
import { plainReading } from './plain-reading.ts';
import { queryStems } from './query-terms.ts';
import { inFusedOrder, type Ranked, type RerankClients, rerank, shareAt } from './rerank.ts';
import { type Retrieval, retrieve, retrieveNewest, type SearchIndex } from './retrieve.ts';
import { type SimilarIndex, vectorOfDocument } from './similar.ts';
import type { Stopwatch } from './stopwatch.ts';
import { askedWords } from './support.ts';
import type { Survey } from './survey.ts';
import { type QueryReading, type UnderstandClients, type Understanding, understand } from './understand.ts';
import { type Weights, weightsOf } from './weights.ts';

export interface RankingClients extends UnderstandClients, RerankClients {
  index: SearchIndex & SimilarIndex;
}

/** All candidates in their order, and how it came about. */
export interface Ranking {
  ranked: Ranked[];
  understanding: SearchResponse['query']['understanding'];
  weights: Weights;
  models: SearchResponse['query']['models'];
  /** Whether the candidates' confidence means anything: not where nothing was asked. */
  isCalibrated: boolean;
  isWhole: boolean;
  survey: Survey | undefined;
  degraded: Degradation[];
}

/** By words and by meaning. */
export async function rankByQuery(
  clients: RankingClients,
  query: SearchQuery,
  now: Date,
  stopwatch: Stopwatch,
): Promise<Ranking> {
  const off = new Set(query.off);
  const understood = await stopwatch.time('understand', () =>
    understand(query.q, clients, { off, ignore: new Set(query.ignore), now }),
  );
  const { lexicalText, variants, vectorText, entities, vector } = understood;
  const filters = joinFilters(query, understood.filters);
  const isWorded = /[\p{L}\p{N}]/u.test(`${lexicalText}${vectorText}`);
  // Filters and nothing else: the newest of what they leave.
  if (!isWorded && understood.chips.length > 0) return rankFiltered(clients, understood, filters, now, stopwatch);
  // Without a letter or a digit there is nothing to search by; the model would place it somewhere all the same.
  const question = {
    names: isWorded ? nameKeys(lexicalText, entities) : [],
    ...(isWorded && !off.has('lexical') ? { lexicalText, variants } : {}),
    ...(isWorded && vector !== undefined ? { vector } : {}),
  };
  const { candidates, isWhole, terms, survey, degraded } = await stopwatch.time('retrieve', () =>
    retrieve(clients.index, question, filtersOf(filters, now, understood)),
  );
  const asked = { hasNames: entities.length > 0, hasPhrases: understood.phrases.length > 0 };
  const words = askedWords(
    vectorText,
    terms,
    entities.map(({ text }) => text),
  );
  const weights = weightsOf(
    candidates,
    {
      termCount: queryStems(lexicalText).size,
      hasEntities: entities.length > 0,
      hasWords: question.lexicalText !== undefined && !degraded.some(({ part }) => part === 'words'),
      hasVector: candidates.some(({ cosine }) => cosine !== undefined),
    },
    query.fusion,
  );
  const fused = stopwatch.timeNow('fuse', () => fuse(candidates, weights, query.fusion));
  const reranking = off.has('rerank')
    ? { ranked: inFusedOrder(fused), degraded: [] }
    : await stopwatch.time('rerank', () => rerank(clients, { text: vectorText, words }, fused));
  const sure = orderedByConfidence(reranking.ranked, asked, shareAt(confidenceShare, words.length));
  const alike = stopwatch.timeNow('feedback', () => orderedByFeedback(sure, shareAt(feedbackShare, words.length)));
  return {
    ranked: orderedByKind(alike, photoPrior),
    understanding: asUnderstanding(understood, filters),
    weights,
    models: { ...understood.models, ...(reranking.model === undefined ? {} : { rerank: reranking.model }) },
    isCalibrated: true,
    isWhole,
    survey,
    degraded: [...understood.degraded, ...degraded, ...reranking.degraded],
  };
}

async function rankFiltered(
  { index }: RankingClients,
  understood: Understanding,
  filters: Filters,
  now: Date,
  stopwatch: Stopwatch,
): Promise<Ranking> {
  const { candidates, degraded, ...retrieved } = await stopwatch.time('retrieve', () =>
    retrieveNewest(index, filtersOf(filters, now, understood)),
  );
  return {
    ...unasked(filters),
    ...retrieved,
    understanding: asUnderstanding(understood, filters),
    models: understood.models,
    degraded: [...understood.degraded, ...degraded],
    ranked: inOrder(candidates),
  };
}

/** By nearness to a document, which itself is left out. */
export async function rankByDocument(
  { index }: RankingClients,
  query: SearchQuery,
  documentId: string,
  now: Date,
  stopwatch: Stopwatch,
): Promise<Ranking> {
  const vector = await stopwatch.time('understand', () => vectorOfDocument(index, documentId, filtersOf({}, now)));
  const others = { bool: { filter: [filtersOf(query, now)], must_not: [{ term: { documentId } }] } };
  const { candidates, ...retrieved } = await stopwatch.time('retrieve', () =>
    retrieve(index, { names: [], vector }, others),
  );
  const weights = { lexical: 0, vector: 1, reasons: ['compared with a document'] };
  return {
    ...unasked(query),
    ...retrieved,
    weights,
    ranked: inFusedOrder(stopwatch.timeNow('fuse', () => fuse(candidates, weights))),
  };
}

/** Newest first, for a reader who asks for nothing in particular. */
export async function rankNewest(
  { index }: RankingClients,
  query: SearchQuery,
  now: Date,
  stopwatch: Stopwatch,
): Promise<Ranking> {
  const { candidates, ...retrieved } = await stopwatch.time('retrieve', () =>
    retrieveNewest(index, filtersOf(query, now)),
  );
  return { ...unasked(query), ...retrieved, ranked: inOrder(candidates) };
}

const unasked = (query: Pick<SearchQuery, 'type' | 'from' | 'to'>) => ({
  understanding: asUnderstanding(plainReading(''), query),
  weights: { lexical: 0, vector: 0, reasons: [] },
  models: {},
  isCalibrated: false,
});

const asUnderstanding = (
  { chips, entities, lexicalText, vectorText, phrases, exclusions }: QueryReading,
  { type, from, to }: Pick<SearchQuery, 'type' | 'from' | 'to'>,
): Ranking['understanding'] => ({
  chips,
  entities,
  lexicalText,
  vectorText,
  phrases,
  exclusions,
  filters: {
    ...(type === undefined ? {} : { type }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  },
});

/** No scores: the order is all that is said, with an asset's shots and passages in their own order. */
function inOrder(candidates: Retrieval['candidates']): Ranked[] {
  const sorted = candidates.toSorted(
    (a, b) =>
      Date.parse(b.document.arrivedAt) - Date.parse(a.document.arrivedAt) || a.document.ordinal - b.document.ordinal,
  );
  return inFusedOrder(sorted.map((candidate, position) => ({ ...candidate, fusedScore: 0, fusedRank: position + 1 })));
}
