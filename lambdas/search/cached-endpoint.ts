import { LRUCache } from 'lru-cache';
import { cache } from './settings.ts';
import type { Endpoint } from './understand.ts';

/**
 * Remembers a model's answers to short texts, by the texts as `keyOf` has them. What failed is asked again. The memory is
 * bounded and lives as long as this process, whose deployment names the model's version.
 */
export function cachedEndpoint(endpoint: Endpoint, keyOf: (text: string) => string): Endpoint {
  const answers = new LRUCache<string, object>({ max: cache.entries, ttl: cache.milliseconds });
  return {
    invokeJson: async (request, schema, options) => {
      const { texts } = request as { texts: string[] };
      const key = JSON.stringify(texts.map(keyOf));
      const known = answers.get(key);
      if (known !== undefined) return schema.parse(known);
      const answer = await endpoint.invokeJson(request, schema, options);
      answers.set(key, answer as object);
      return answer;
    },
  };
}

/** An uncased model reads both cases alike. */
export const withoutCase = (text: string): string => withSingleSpaces(text).toLowerCase();
export const withSingleSpaces = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim();
