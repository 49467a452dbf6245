/** Vectors one after the other in one array, each of length 1. */
export interface Vectors {
  values: Float32Array;
  dimension: number;
  count: number;
}

export function asVectors(rows: readonly (readonly number[])[]): Vectors {
  const dimension = rows[0]?.length ?? 0;
  const values = new Float32Array(rows.length * dimension);
  for (const [index, row] of rows.entries()) values.set(row, index * dimension);
  return { values, dimension, count: rows.length };
}

/** Places of the `depth` nearest by cosine, nearest first: every vector is looked at. */
export function nearest({ values, dimension, count }: Vectors, query: readonly number[], depth: number): number[] {
  const asked = Float32Array.from(query);
  const best: { place: number; score: number }[] = [];
  for (let place = 0; place < count; place++) {
    let score = 0;
    const start = place * dimension;
    for (let index = 0; index < dimension; index++) score += (values[start + index] ?? 0) * (asked[index] ?? 0);
    if (best.length === depth && score <= (best.at(-1)?.score ?? 0)) continue;
    const at = best.findIndex((one) => one.score < score);
    best.splice(at < 0 ? best.length : at, 0, { place, score });
    if (best.length > depth) best.pop();
  }
  return best.map(({ place }) => place);
}

/** The share of `exact` that `found` holds. */
export const recallOf = (found: readonly number[], exact: readonly number[]): number =>
  exact.filter((place) => found.includes(place)).length / exact.length;
