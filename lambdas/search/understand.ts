import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import { entityKey } from '../contracts/entity-key.ts';
import { type EntityLabel, embedResponseSchema, entitiesResponseSchema } from '../contracts/models.ts';
import { errorMessage } from '../runtime/errors.ts';
import { deadlineMilliseconds } from './settings.ts';

export interface QueryEntity {
  text: string;
  label: EntityLabel;
  key: string;
}
export interface Degradation {
  part: string;
  reason: string;
}
export interface Understanding {
  text: string;
  entities: QueryEntity[];
  /** Undefined where the embed endpoint did not answer: then words alone must do. */
  vector?: number[];
  degraded: Degradation[];
}
export type Endpoint = Pick<ModelEndpoint, 'invokeJson'>;

/** Asks both models about the query at once; one that fails or is late is left out and named. */
export async function understand(
  text: string,
  { embed, entities }: { embed: Endpoint; entities: Endpoint },
): Promise<Understanding> {
  const request = { texts: [text] };
  const [embedded, named] = await Promise.allSettled([
    embed.invokeJson(request, embedResponseSchema, { timeoutMilliseconds: deadlineMilliseconds.embed }),
    entities.invokeJson(request, entitiesResponseSchema, { timeoutMilliseconds: deadlineMilliseconds.entities }),
  ]);
  const degraded: Degradation[] = [];
  if (embedded.status === 'rejected')
    degraded.push({
      part: 'embed',
      reason: `Found by words alone, not by meaning: ${errorMessage(embedded.reason)}`,
    });
  if (named.status === 'rejected')
    degraded.push({ part: 'entities', reason: `Names were not recognised: ${errorMessage(named.reason)}` });
  const vector = embedded.status === 'fulfilled' ? embedded.value.vectors[0] : undefined;
  const spans = named.status === 'fulfilled' ? (named.value.entities[0] ?? []) : [];
  return { text, entities: queryEntities(spans), ...(vector === undefined ? {} : { vector }), degraded };
}

/** One entity a name, in the order of the query. */
export function queryEntities(spans: readonly { text: string; label: EntityLabel }[]): QueryEntity[] {
  const byKey = new Map<string, QueryEntity>();
  for (const { text, label } of spans) {
    const key = entityKey(text);
    if (key !== '' && !byKey.has(key)) byKey.set(key, { text, label, key });
  }
  return [...byKey.values()];
}
