/** Coefficients that were fitted on tuning data; each says on which, and what came of it. */

/** Share of words in the fused score. Set by hand until it is fitted. */
export const lexicalShareCoefficients = {
  intercept: -0.6,
  length: 0,
  names: 0.5,
  coverage: 0.3,
  titleCoverage: 0,
  lexicalDrop: 0,
  cosineDrop: 0,
  bestCosine: 0,
  agreement: 0,
} as const;

/** Probability that a hit answers the query, where words and meaning were searched. Set by hand until it is fitted. */
export const confidenceCoefficients = { intercept: -5, cosine: 10, coverage: 4, titleCoverage: 0, named: 2 } as const;
/** The same where meaning was not searched. */
export const confidenceByWordsCoefficients = { intercept: -3, coverage: 5, titleCoverage: 0, named: 2 } as const;

/** The least confidence of a hit, and the least that the surest hit must have for anything to be answered at all. */
export const lines = { answer: 0.3, hit: 0.15 } as const;
