import type { SearchQuery, SearchResponse } from '../contracts/api.ts';
import { facetsOf } from './facets.ts';
import { filtersOf } from './filters.ts';
import { isRelated } from './floor.ts';
import { fuse } from './fuse.ts';
import { groupByAsset } from './group.ts';
import { type PresignGet, presentHit } from './present.ts';
import { asRanked, type Ranked, rerank } from './rerank.ts';
import { type Retrieval, retrieve, retrieveNewest, type SearchIndex } from './retrieve.ts';
import { Stopwatch } from './stopwatch.ts';
import { type Endpoint, type Understanding, understand } from './understand.ts';
import { type Weights, weightsOf } from './weights.ts';

export interface SearchClients {
  index: SearchIndex;
  embed: Endpoint;
  entities: Endpoint;
  rerank: Endpoint;
  presignGet: PresignGet;
}
interface Ranking {
  understood: Understanding;
  weights: Weights;
  ranked: Ranked[];
  isWhole: boolean;
}

/**
 * Answers one query. A model that does not answer degrades the answer and is named in it; the index is what it cannot
 * do without.
 * @throws RetryableError SearchIndexUnavailableError
 */
export async function searchArchive(clients: SearchClients, query: SearchQuery, now: Date): Promise<SearchResponse> {
  const stopwatch = new Stopwatch();
  const filter = filtersOf(query, now);
  const { understood, weights, ranked, isWhole } = await (query.q === ''
    ? rankNewest(clients, filter, stopwatch)
    : rank(clients, query.q, filter, stopwatch));
  const groups = groupByAsset(ranked);
  const start = (query.page - 1) * query.size;
  const hits = await stopwatch.time('present', () =>
    Promise.all(
      groups
        .slice(start, start + query.size)
        .map((group) => presentHit(group, understood.entities, clients.presignGet)),
    ),
  );
  return {
    query: {
      text: query.q,
      entities: understood.entities,
      lexicalWeight: weights.lexical,
      vectorWeight: weights.vector,
    },
    page: query.page,
    size: query.size,
    total: groups.length,
    isTotalExact: isWhole,
    hits,
    facets: facetsOf(groups),
    degraded: understood.degraded,
    tookMilliseconds: stopwatch.laps(),
  };
}

async function rank(
  clients: SearchClients,
  text: string,
  filter: Parameters<typeof retrieve>[2],
  stopwatch: Stopwatch,
): Promise<Ranking> {
  const understood = await stopwatch.time('understand', () => understand(text, clients));
  const { candidates, isWhole } = await stopwatch.time('retrieve', () => retrieve(clients.index, understood, filter));
  const related = candidates.filter(isRelated);
  const weights = weightsOf({
    text,
    hasEntities: understood.entities.length > 0,
    isCovered: related.some(({ isCovered }) => isCovered),
    hasVector: understood.vector !== undefined,
  });
  const { ranked, degraded } = await stopwatch.time('rerank', () =>
    rerank(clients.rerank, text, fuse(related, weights)),
  );
  return { understood: { ...understood, degraded: [...understood.degraded, ...degraded] }, weights, ranked, isWhole };
}

async function rankNewest(
  clients: SearchClients,
  filter: Parameters<typeof retrieve>[2],
  stopwatch: Stopwatch,
): Promise<Ranking> {
  const { candidates, isWhole } = await stopwatch.time('retrieve', () => retrieveNewest(clients.index, filter));
  return {
    understood: { text: '', entities: [], degraded: [] },
    weights: { lexical: 0, vector: 0 },
    ranked: inOrder(candidates),
    isWhole,
  };
}

/** No scores: the order is all that is said, with an asset's shots and passages in their own order. */
function inOrder(candidates: Retrieval['candidates']): Ranked[] {
  return candidates
    .toSorted(
      (a, b) =>
        Date.parse(b.document.arrivedAt) - Date.parse(a.document.arrivedAt) || a.document.ordinal - b.document.ordinal,
    )
    .map((candidate, position) => asRanked({ ...candidate, fusedScore: 0, fusedRank: position + 1 }));
}
