import type { MediaBucket } from '../clients/media-bucket.ts';
import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import type { VectorIndex } from '../clients/vector-index.ts';
import type { SearchQuery, SearchResponse } from '../contracts/api.ts';
import { filterClauses } from './filters.ts';
import { fuse, plausible, weightsFor } from './fuse.ts';
import { facetsOf, groupByAsset } from './group.ts';
import { presentHit } from './present.ts';
import { rerank, unranked } from './rerank.ts';
import { newest, retrieve } from './retrieve.ts';
import { understand } from './understand.ts';

export interface SearchParts {
  index: VectorIndex;
  embed: ModelEndpoint;
  entities: ModelEndpoint;
  rerank: ModelEndpoint;
  derived: MediaBucket;
}

/** Documents that each retriever lists for the first page, and the most it ever does. */
const minDepth = 100;
const maxDepth = 500;
/** Several documents may belong to one asset, so pages of assets need longer lists of documents. */
const documentsPerAsset = 3;

/**
 * Answers one query: understand, retrieve, fuse, rerank, group, explain. A model that does not answer in time leaves
 * the search poorer and is named in `degraded`; only a silent index makes it fail.
 * @throws RetryableError SearchIndexUnavailableError
 */
export async function searchArchive(query: SearchQuery, parts: SearchParts, now: Date): Promise<SearchResponse> {
  const tookMilliseconds: Record<string, number> = {};
  const timed = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      return await work();
    } finally {
      tookMilliseconds[stage] = Math.round(performance.now() - started);
    }
  };
  const understanding = await timed('understand', () => understand(query.q, parts));
  const filter = filterClauses(query, now);
  const weights = weightsFor(understanding.text, understanding.entities, understanding.vector !== undefined);
  const isBrowsing = understanding.text === '';
  const depth = Math.min(maxDepth, Math.max(minDepth, query.page * query.size * documentsPerAsset));
  const { candidates, documents, isWhole } = await timed('retrieve', () =>
    isBrowsing ? newest(parts.index, filter, maxDepth) : retrieve(parts.index, understanding, filter, depth),
  );
  const kept = isBrowsing ? candidates : plausible(candidates);
  // What was cut off below the line lies below it for everything beyond the lists too.
  const isTotalExact = isWhole || (!isBrowsing && kept.length < candidates.length);
  const fused = isBrowsing ? kept.map((candidate) => ({ ...candidate, fusedScore: 0 })) : fuse(kept, weights);
  const { ranked, degraded } = isBrowsing
    ? { ranked: unranked(fused), degraded: [] }
    : await timed('rerank', () => rerank(understanding.text, fused, documents, parts.rerank));
  const groups = groupByAsset(ranked, documents);
  const page = groups.slice((query.page - 1) * query.size, query.page * query.size);
  return {
    query: { text: understanding.text, entities: understanding.entities, ...weights },
    page: query.page,
    size: query.size,
    total: groups.length,
    isTotalExact,
    hits: await timed('present', () =>
      Promise.all(page.map((group) => presentHit(group, understanding.entities, parts.derived))),
    ),
    facets: facetsOf(groups),
    degraded: [...understanding.degraded, ...degraded],
    tookMilliseconds,
  };
}
