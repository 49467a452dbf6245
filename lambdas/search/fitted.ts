import type { ShareByLength } from './settings.ts';

/**
 * Coefficients that were fitted on tuning data: the tuning half of the newsroom collection (94 queries that have an
 * answer, and 14 that have none, or more where it says so) and two collections of abstracts, MED (30 queries) and CACM (52). Nothing here has seen the
 * newsroom's reporting half, CISI or NPL.
 */

/**
 * Share of words in the fused score, as a logistic function. Maximises nDCG@10 over the three collections with equal
 * weight and a ridge of 0.001. Five-fold cross-validation: 81.9, 79.4 and 57.3, mean 72.8; the best single share for all,
 * 0.5, gives 80.5, 79.0 and 56.9, mean 72.1. Best cosine, its drop, the agreement of both lists and the title's words
 * were tried as features and added nothing.
 */
export const lexicalShareCoefficients = {
  intercept: 0.21,
  length: 0.13,
  names: -0.77,
  coverage: 0.25,
  lexicalDrop: -0.16,
} as const;

/**
 * What of the words' side is BM25; the rest is the share of the query's words that a document holds, weighed by rarity.
 * BM25 rewards a rare word that comes often, coverage a document that answers the whole query. With equal weight for the
 * three collections nDCG@10 rises by 0.3 to 0.6 over BM25 alone wherever the shares lie.
 */
export const scoreShareOfWords = 0.55;

/**
 * Probability that a hit answers the query: the surest document of each query, by Platt's scaling. Area under the curve
 * 0.915 on the tuning queries; nearness alone gives 0.794, coverage alone 0.863. Names in the query count against it
 * because a document that holds the name holds most of the query's weight without answering the rest; where a phrase is
 * demanded, everything that is found holds it.
 */
export const confidenceCoefficients = {
  intercept: -5.06,
  cosine: 8.7,
  coverage: 5.2,
  names: -0.87,
  phrases: 2.6,
} as const;
/**
 * What of the reranker's score is the support of the query's words, weighed by rarity, where it tells of single words;
 * the rest is its own score. On the newsroom's tuning half 60, 75 and 85 hundredths lie within two tenths of a point; in a
 * long query no single word decides.
 */
export const wordsShareOfRerank: ShareByLength = { few: 0.75, many: 0 };

/**
 * What of the score that orders the answer is how sure a document is to answer at all, where the reranker tells of single
 * words: a word that only another one implies counts here, and one that is missing counts more. On the newsroom's tuning
 * half shares of 0.1, 0.17, 0.25, 0.33, 0.5 and 0.7 of it give 93.8, 94.2, 94.3, 94.4, 94.1 and 94.2 instead of 93.4. A
 * long query asks for more than any one document bears out.
 */
export const confidenceShare: ShareByLength = { few: 0.33, many: 0 };

/**
 * What of the score that orders the answer is the likeness to the surest of the first hits. On the newsroom's tuning half
 * (122 queries) shares of 0.05, 0.1, 0.15, 0.2, 0.25 and 0.3 of it give 90.7, 90.9, 91.1, 91.0, 91.0 and 90.7 nDCG@10
 * instead of 90.6.
 */
export const feedbackShare: ShareByLength = { few: 0.15, many: 0 };

/**
 * What a photo's score is raised by. On the newsroom's tuning half (122 queries) 0.02, 0.04, 0.06, 0.08 and 0.1 give 91.3,
 * 91.4, 91.4, 91.5 and 91.5 nDCG@10 instead of 91.1.
 */
export const photoPrior = 0.06;

/** What a word that a document holds counts for at least: its token is hardly ever nearer to itself in another sentence. */
export const heldSupport = 0.85;
/** What a word counts for at least that a document implies by another one, where it is no name: 0.75 and 0.85 do as well. */
export const impliedSupport = 0.8;
/**
 * What a city counts for at most that a document does not speak of: the models take one city for another, and say 0.5 to
 * 0.75 of Berlin where Copenhagen is asked. It is what they say of words that have nothing to do with each other; 0.2 and
 * 0.4 do as well.
 */
export const absentCitySupport = 0.3;
/**
 * Below it a word of the same stem is another word, `boxes` for `boxing`. Wanted documents of the newsroom's tuning half
 * hold a word in another form alone 48 times, and none has less than 0.58; unwanted ones 329 times, of which 33 have less
 * than 0.5.
 */
export const sameWordSupport = 0.5;
/** What stands for the weakest, or the mean, of words that a query has none of; a word that is held says no more. */
export const supportWhereNone = 0.85;

/**
 * As above, where the reranker tells how far each word is borne out. Fitted on the newsroom's tuning half, 94 queries
 * that have an answer and 106 that have none and are not emptied by a phrase or a date, both with the same weight in all;
 * words that are implied count (`impliedSupport`), and words for the medium do not. Ten-fold cross-validation gives an
 * area of 0.960 under the curve, and the coefficients above 0.899 of the same queries. The intercept puts the line of an
 * answer at 0.5, where 1 of the 94 loses its answer by coefficients that have not seen it.
 */
export const confidenceBySupportCoefficients = {
  intercept: -13.44,
  cosine: 2.46,
  words: 1.52,
  geometricMean: 6.38,
  weakestName: 5.24,
  weakest: 5.54,
  phrases: 1.31,
} as const;

/**
 * As above, where one word is asked, of no name, that the document does not hold. The coefficients above have seen hardly
 * such a query and leave 7 of 20 that have an answer with none (`footage of an arrest`, of handcuffs). Fitted on these and
 * 34 without an answer: the newsroom's tuning half, `video of traffic` and seven like it of the sample archive; both with
 * the same weight in all, with a ridge of 0.005. At 0.5, amid the widest gap, 2 of the 20 have no answer and 30 of the 34.
 * 0.05 keeps 96 in a hundred of the wanted documents, with eight others a query.
 */
export const confidenceByOneWordCoefficients = { intercept: -9.9, cosine: 15.2, support: 9.8 } as const;

/** The same where meaning was not searched: half of the words' weight is as good as not. */
export const confidenceByWordsCoefficients = { intercept: -3, coverage: 6, names: 0, phrases: 2.6 } as const;

/**
 * The least that the surest hit must have for anything to be answered at all, and the least confidence of any hit beside
 * it. With support, at 0.5 two in a hundred of the tuning queries that have an answer lose it; at 0.05 97 in a hundred
 * of the documents that are wanted stay, with eleven others a query.
 */
export const lines = { answer: 0.5, hit: 0.05 } as const;
