/**
 * The embedding models that the coefficients of `lambdas/search/fitted.ts` were fitted with, as answers name them. Another model's
 * cosines are distributed otherwise, so that the share of words, the confidence and the line are guesses for it until
 * they are fitted anew (docs/decisions/0010).
 */
export const fittedFor: readonly string[] = ['embed-minilm 1.0.0'];

/**
 * @param embed `name version` of what embedded the query; undefined where words alone had to do, which has coefficients
 *   of its own
 * @returns the model that nothing was fitted for, if it is one
 */
export const unfittedModel = (embed: string | undefined): string | undefined =>
  embed === undefined || fittedFor.includes(embed) ? undefined : embed;
