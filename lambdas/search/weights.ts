/** The two shares of the fused score; they add up to 1. */
export interface Weights {
  lexical: number;
  vector: number;
}

const baseLexical = 0.4;
const shortQueryWords = 2;
const longQueryWords = 6;

/**
 * How much a query is to be taken by its words: names and short queries more, long ones and moods less; and less where
 * no candidate holds most of its words, for then the best of BM25 is only the least bad.
 */
export function weightsOf(query: {
  text: string;
  hasEntities: boolean;
  isCovered: boolean;
  hasVector: boolean;
}): Weights {
  if (!query.hasVector) return { lexical: 1, vector: 0 };
  const words = query.text.split(' ').filter(Boolean).length;
  let lexical = baseLexical;
  if (query.hasEntities) lexical += 0.15;
  if (words <= shortQueryWords) lexical += 0.1;
  if (words >= longQueryWords && !query.hasEntities) lexical -= 0.1;
  if (!query.isCovered) lexical -= 0.15;
  const rounded = Math.round(lexical * 100) / 100;
  return { lexical: rounded, vector: Math.round((1 - rounded) * 100) / 100 };
}
