import type { z } from 'zod';
import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import type { namedEntitySchema } from '../contracts/documents.ts';
import { entityKey } from '../contracts/entity-key.ts';
import { embedResponseSchema, entitiesResponseSchema } from '../contracts/models.ts';
import { errorMessage } from '../runtime/errors.ts';

export type QueryEntity = z.infer<typeof namedEntitySchema>;
export interface Degradation {
  part: string;
  reason: string;
}

export interface Understanding {
  text: string;
  entities: QueryEntity[];
  /** Absent where the embedder did not answer: the search then goes by words alone. */
  vector?: number[];
  degraded: Degradation[];
}

/** A query waits for its models no longer than an editor would; what is late is left out and said to be. */
export const understandingLimitMilliseconds = 1500;

/** Control characters carry no meaning and break logs; everything else of a query is text to look for. */
export const cleanQuery = (query: string): string =>
  query
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

export async function understand(
  query: string,
  endpoints: { embed: ModelEndpoint; entities: ModelEndpoint },
): Promise<Understanding> {
  const text = cleanQuery(query);
  if (text === '') return { text, entities: [], degraded: [] };
  const limit = { timeoutMilliseconds: understandingLimitMilliseconds };
  const [names, meaning] = await Promise.allSettled([
    endpoints.entities.invokeJson({ texts: [text] }, entitiesResponseSchema, limit),
    endpoints.embed.invokeJson({ texts: [text] }, embedResponseSchema, limit),
  ]);
  const degraded: Degradation[] = [];
  if (names.status === 'rejected')
    degraded.push({ part: 'names', reason: `Names in the query were not recognised: ${errorMessage(names.reason)}` });
  if (meaning.status === 'rejected')
    degraded.push({
      part: 'meaning',
      reason: `Only words were compared, not meaning: ${errorMessage(meaning.reason)}`,
    });
  const spans = names.status === 'fulfilled' ? (names.value.entities[0] ?? []) : [];
  const entities = new Map<string, QueryEntity>();
  for (const { text: name, label } of spans) {
    const key = entityKey(name);
    if (key.length > 1) entities.set(key, { text: name, label, key });
  }
  const vector = meaning.status === 'fulfilled' ? meaning.value.vectors[0] : undefined;
  return { text, entities: [...entities.values()], ...(vector ? { vector } : {}), degraded };
}
