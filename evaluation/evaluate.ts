import { embedResponseSchema } from '../lambdas/contracts/models.ts';
import { fillIndex } from './archive/filled-index.ts';
import { type Collection, type CollectionQuery, type Half, readCorpus } from './collection/beir.ts';
import { collectionRanking, describe } from './collection/descriptions.ts';
import { type Metrics, metricsOf } from './metrics.ts';
import type { BulkResult } from './models/bulk.ts';
import { progressBar } from './models/progress.ts';
import { Enricher, startModel } from './models/served.ts';
import { answer, type SystemName } from './systems.ts';

export interface EvaluationOptions {
  half?: Half;
  limit?: number;
  systems: readonly SystemName[];
  isNamed: boolean;
  processes: number;
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
  const now = new Date(newest + 24 * 3600 * 1000);
  const rerank = startModel('rerank', 1);
  const enricher = await Enricher.start(options.processes);
  let filled: Awaited<ReturnType<typeof fillIndex>> | undefined;
  try {
    filled = await fillIndex({ descriptions, enricher, isNamed: options.isNamed });
    const clients = { index: filled.index, embed: enricher.embed, entities: enricher.entities, rerank };
    // The first answer of each model loads what later ones find loaded.
    await enricher.embed.invokeJson({ texts: ['first'] }, embedResponseSchema);
    const results: Evaluation['results'] = {};
    const bar = progressBar('asking', queries.length);
    for (const query of queries) {
      const answers = await answer(clients, query.text, options.systems, now);
      for (const system of options.systems) {
        const given = answers[system];
        if (given === undefined) continue;
        const ofSystem = results[system] ?? [];
        ofSystem.push(resultOf(query, given.documentIds, given.tookMilliseconds));
        results[system] = ofSystem;
      }
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
