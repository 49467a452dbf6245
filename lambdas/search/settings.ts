/** How many documents each retriever brings; fusion, facets and totals see no more than these. */
export const candidateDepth = 200;
/** How many of the newest documents stand for the archive where nothing is asked. */
export const newestDepth = 1000;
export const matchesPerHit = 5;
export const maxNearMisses = 5;
/** Ids that a folded hit lists; beyond them only the count goes on. */
export const maxFoldedIds = 20;
/** Thumbnails' presigned addresses outlive a page that stays open over lunch. */
export const thumbnailSeconds = 3600;
/** The longest that a vector collection was seen to take to show a write. */
export const visibleWithinSeconds = 60;

/**
 * A part that has not answered by then is left out, and the answer says so. All of them one after the other stay within
 * half of the API's 30 s.
 */
export const deadlineMilliseconds = {
  read: 500,
  embed: 2000,
  entities: 1500,
  words: 4000,
  vectors: 4000,
  fill: 2000,
  survey: 2000,
  rerank: 2500,
  relatedWords: 1500,
  groups: 1000,
} as const;

export const rerankDepth = 50;
/** A share that is the one up to so many words of a query, the other from so many on, and goes evenly between. */
export interface ShareByLength {
  few: number;
  many: number;
}
export const queryLengths = { few: 5, many: 8 } as const;

/**
 * The reranker's share of the final score, by the model that answered. A cross-encoder trained on MS MARCO reads query
 * and document together and is trusted with most of it. Late interaction stands in for it where the hub is out of reach:
 * with its words weighed by rarity shares of 0.45, 0.6, 0.7 and 0.8 give 92.7, 93.2, 93.5 and 93.3 nDCG@10 on the
 * newsroom's tuning half, where the fused order has 90.4 and queries have two words in the middle. On MED and CACM, whose
 * queries have ten, 0.7 costs 1.9 and 7.1 points, and as it is here nothing and 2.3.
 */
export const rerankShare: Readonly<Record<string, ShareByLength>> = {
  'rerank-ms-marco-minilm': { few: 0.6, many: 0.6 },
  'rerank-late-interaction': { few: 0.7, many: 0.1 },
};
export const defaultRerankShare: ShareByLength = { few: 0.4, many: 0.4 };

/** How many of the first hits say what the answer is about, and how many there must be for that to say anything. */
export const feedbackDepth = 10;
export const leastForFeedback = 3;

/** Rank constant of reciprocal rank fusion, after Cormack, Clarke and Büttcher (SIGIR 2009). */
export const reciprocalRankConstant = 60;

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

/** Answers of the models by query: a Lambda's own memory, gone with the deployment that changes a model. */
export const cache = { entries: 2000, milliseconds: 600_000 } as const;

/** Two texts are one content where so much of their word triples is the same. */
export const nearDuplicate = { overlap: 0.7, shingleWords: 3, minShingles: 4 } as const;
