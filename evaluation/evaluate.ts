import { setTimeout as delay } from 'node:timers/promises';
import { queryReader } from '../lambdas/search/query/read-query.ts';
import { loadedRelatedWords } from '../lambdas/search/related-words.ts';
import { RetrievalError } from '../lambdas/search/retrieve.ts';
import { environments } from '../lib/config/environments.ts';
import { environmentSchema } from '../lib/config/schema.ts';
import type { ArchiveModel } from '../local/models/archive-process.ts';
import { places } from '../setup/places.ts';
import { fillIndex } from './archive/filled-index.ts';
import { type Collection, type CollectionQuery, type Half, readCorpus } from './collection/beir.ts';
import { collectionRanking, describe } from './collection/descriptions.ts';
import { type Metrics, metricsOf } from './metrics.ts';
import type { BulkResult } from './models/bulk.ts';
import { keepingLateAnswers } from './models/patient-endpoint.ts';
import { progressBar } from './models/progress.ts';
import { Enricher, startModel } from './models/served.ts';
import { answers, DegradedError, type SystemName } from './systems.ts';

export interface EvaluationOptions {
  half?: Half;
  limit?: number;
  systems: readonly SystemName[];
  isNamed: boolean;
  processes: number;
  /** Instead of the one that this machine's endpoint serves. */
  reranker?: () => ArchiveModel;
}
export interface QueryResult {
  id: string;
  class: string;
  isUnanswerable: boolean;
  /** Undefined where the query has no wanted document. */
  metrics?: Metrics;
  isNothing: boolean;
  ranking: string[];
  tookMilliseconds: Record<string, number>;
}
export interface Evaluation {
  collection: string;
  half: Half | 'all';
  documents: number;
  indexed: number;
  models: Record<string, string>;
  work: { embedding: BulkResult; naming: BulkResult; indexingSeconds: number };
  results: Partial<Record<SystemName, QueryResult[]>>;
}

const rankingDepth = 100;
const { newsroomTimeZone } = environmentSchema.parse(environments.local).search;
const maxAttempts = 20;
const pauseMilliseconds = 500;

/** Indexes a collection and asks its queries of every system. */
export async function evaluate(collection: Collection, options: EvaluationOptions): Promise<Evaluation> {
  const queries = chosen(collection.queries, options);
  const descriptions = [];
  let documents = 0;
  let newest = 0;
  for await (const document of readCorpus(collection)) {
    documents += 1;
    for (const description of describe(document)) {
      descriptions.push(description);
      newest = Math.max(newest, Date.parse(description.arrivedAt));
    }
  }
  // The day after the newest document: an evaluation does not depend on when it runs.
  const dayAfter = new Date(newest + 24 * 3600 * 1000);
  const rerank = options.reranker?.() ?? startModel('rerank', 1);
  const enricher = await Enricher.start(options.processes);
  let filled: Awaited<ReturnType<typeof fillIndex>> | undefined;
  try {
    filled = await fillIndex({ descriptions, enricher, isNamed: options.isNamed });
    const { index, vocabulary } = filled;
    const relatedWords = loadedRelatedWords(places.relatedWords);
    const clients = {
      index,
      read: queryReader({ vocabulary: async () => vocabulary, zone: newsroomTimeZone, knownNames: relatedWords }),
      embed: keepingLateAnswers(enricher.embed),
      entities: keepingLateAnswers(enricher.entities),
      rerank: keepingLateAnswers(rerank),
      relatedWords,
    };
    const ask = (query: CollectionQuery) =>
      withPatience(() => answers(clients, query.text, options.systems, query.now ?? dayAfter));
    // What the first answers load, later ones find loaded.
    if (queries[0] !== undefined) await ask(queries[0]);
    const results: Evaluation['results'] = Object.fromEntries(options.systems.map((system) => [system, []]));
    const bar = progressBar('asking', queries.length);
    for (const query of queries) {
      for (const [system, { documentIds, tookMilliseconds }] of await ask(query))
        results[system]?.push(resultOf(query, documentIds, tookMilliseconds));
      bar.advance(1);
    }
    bar.stop();
    const reranker = await rerank.identity();
    const { embed, entities } = enricher.identities;
    return {
      collection: collection.name,
      half: options.half ?? 'all',
      documents,
      indexed: filled.documents,
      models: Object.fromEntries(
        Object.entries({ embed, entities, rerank: reranker }).map(([endpoint, { model, version }]) => [
          endpoint,
          `${model} ${version}`,
        ]),
      ),
      work: filled.work,
      results,
    };
  } finally {
    await Promise.all([filled?.node.stop(), enricher.stop(), rerank.stop()]);
  }
}

/** A model or the index that was late on a busy machine is asked again: a degraded ranking is no figure of the system. */
async function withPatience<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (error) {
      const isLate = error instanceof DegradedError || error instanceof RetrievalError;
      if (!isLate || attempt === maxAttempts) throw error;
      await delay(pauseMilliseconds);
    }
}

/** @throws Error where the half or the limit leaves no query. */
function chosen(queries: readonly CollectionQuery[], { half, limit }: EvaluationOptions): CollectionQuery[] {
  const ofHalf = queries.filter((query) => half === undefined || query.half === half);
  if (ofHalf.length === 0) throw new Error(`the collection marks no query as ${half}`);
  return ofHalf.slice(0, limit);
}

function resultOf(query: CollectionQuery, documentIds: string[], took: Record<string, number>): QueryResult {
  const ranking = collectionRanking(documentIds);
  return {
    id: query.id,
    class: query.class,
    isUnanswerable: query.isUnanswerable,
    ...(query.isUnanswerable ? {} : { metrics: metricsOf(ranking, query.judgements) }),
    isNothing: ranking.length === 0,
    ranking: ranking.slice(0, rankingDepth),
    tookMilliseconds: took,
  };
}
