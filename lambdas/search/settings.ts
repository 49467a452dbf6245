/** How many documents each retriever brings; fusion, facets and totals see no more than these. */
export const candidateDepth = 200;
/** How many of the newest documents stand for the archive where nothing is asked. */
export const newestDepth = 1000;
export const matchesPerHit = 5;
/** Thumbnails' presigned addresses outlive a page that stays open over lunch. */
export const thumbnailSeconds = 3600;

/** A model that has not answered by then is left out, and the answer says so. */
export const deadlineMilliseconds = { embed: 2500, entities: 2500, rerank: 4000 } as const;

export const rerankDepth = 30;
/**
 * The reranker's share of the final score, by the model that answered. A cross-encoder trained on MS MARCO reads query
 * and document together and is trusted; late interaction over the retriever's own token vectors stands in for it where
 * the hub is out of reach and only refines the order.
 */
export const rerankShare: Readonly<Record<string, number>> = {
  'rerank-ms-marco-minilm': 0.6,
  'rerank-late-interaction': 0,
};
export const defaultRerankShare = 0.4;

/** Below this cosine a document without the query's words or names has nothing to do with it. */
export const unrelatedCosine = 0.25;
/** Fields of BM25 with their weights: what names the thing weighs more than what surrounds it. */
export const lexicalFields = [
  'title^2',
  'text^2',
  'context^0.6',
  'entityNames^1.5',
  'people^2',
  'place^1.5',
  'keywords^1.2',
] as const;
