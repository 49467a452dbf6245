/** From here on two texts have something to do with each other; cosines of sentence vectors seldom leave 0 to 0.8. */
export const somewhatNear = 0.3;

/** How near two meanings are by the cosine of their vectors, in words. */
export function nearness(cosine: number): string {
  if (cosine >= 0.6) return 'very near';
  if (cosine >= 0.45) return 'near';
  if (cosine >= somewhatNear) return 'somewhat near';
  return 'far';
}
