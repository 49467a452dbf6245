/**
 * Within what each text endpoint reads for one request in any script: a Korean syllable, the worst, is three tokens
 * (`max_request_tokens` in model-packaging/wirescope_serving).
 */
const charactersPerRequest = 10_000;

/** The texts in order, as many in each request as it may hold; one that is longer than that goes alone. */
export function textBatches(texts: readonly string[], textsPerRequest: number): string[][] {
  const batches: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const batch = batches.at(-1);
    characters += text.length;
    if (batch !== undefined && batch.length < textsPerRequest && characters <= charactersPerRequest) batch.push(text);
    else {
      batches.push([text]);
      characters = text.length;
    }
  }
  return batches;
}
