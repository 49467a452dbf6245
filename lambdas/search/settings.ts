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
 * and document together and is trusted with most of it. Late interaction stands in for it where the hub is out of reach:
 * over the sample newsroom's 42 queries shares of 0.1 to 0.5 all found as much in the first three and put one or two
 * more first than fusion alone (36 or 37 against 35); 0.3 keeps what fusion is sure of.
 */
export const rerankShare: Readonly<Record<string, number>> = {
  'rerank-ms-marco-minilm': 0.6,
  'rerank-late-interaction': 0.3,
};
export const defaultRerankShare = 0.4;

/**
 * Below this cosine a document without the query's words or names has nothing to do with it. Measured with
 * all-MiniLM-L6-v2 over the sample newsroom: the best wanted document of a query lies at 0.28 or above in 19 of 20
 * queries (the others match by words); 20 queries about things the archive does not hold peak at 0.23 in the median.
 * At 0.20 those find 58 assets, at 0.25 23 of them, at 0.35 10, but then wanted ones go missing.
 */
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
