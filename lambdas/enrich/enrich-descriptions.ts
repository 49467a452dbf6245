import type { z } from 'zod';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { EndpointAnswerError, type ModelEndpoint } from '../clients/model-endpoint.ts';
import { type Description, descriptionsFileSchema, documentsFileSchema } from '../contracts/documents.ts';
import { derivedKeys } from '../contracts/keys.ts';
import { embedResponseSchema, entitiesResponseSchema } from '../contracts/models.ts';
import type { EnrichInput, EnrichResult } from '../contracts/workflow.ts';
import { namedEntities } from './named-entities.ts';
import { textToEmbed, textToSearchForNames } from './text-for-models.ts';

export interface EnrichParts {
  derived: MediaBucket;
  embed: ModelEndpoint;
  entities: ModelEndpoint;
}

/** Texts a call: enough to use a batch, few enough for one call to stay far below the endpoint's 60 seconds. */
const textsPerCall = 16;
const callTimeoutMilliseconds = 55_000;

const inBatches = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/** @throws EndpointAnswerError where a model answers for another number of texts than it was given. */
async function askInBatches<Schema extends z.ZodType, Item>(
  endpoint: ModelEndpoint,
  texts: readonly string[],
  schema: Schema,
  itemsOf: (answer: z.infer<Schema>) => readonly Item[],
): Promise<{ items: Item[]; last: z.infer<Schema> }> {
  const items: Item[] = [];
  let last: z.infer<Schema> | undefined;
  for (const batch of inBatches(texts, textsPerCall)) {
    last = await endpoint.invokeJson({ texts: batch }, schema, { timeoutMilliseconds: callTimeoutMilliseconds });
    const answered = itemsOf(last as z.infer<Schema>);
    if (answered.length !== batch.length)
      throw new EndpointAnswerError(`${endpoint.endpointName} answered ${answered.length} of ${batch.length} texts`);
    items.push(...answered);
  }
  return { items, last: last as z.infer<Schema> };
}

/**
 * Adds names and a vector to every description and writes `documents.json` of this attempt.
 * Each document keeps the name and version of the models that made them, so that a change of model can find it again.
 */
export async function enrichDescriptions(input: EnrichInput, parts: EnrichParts): Promise<EnrichResult> {
  const { descriptions } = await parts.derived.readJson(input.descriptionsKey, descriptionsFileSchema);
  const [vectors, names] = await Promise.all([
    askInBatches(parts.embed, descriptions.map(embeddable), embedResponseSchema, ({ vectors }) => vectors),
    askInBatches(
      parts.entities,
      descriptions.map((description) => textToSearchForNames(description) || description.assetKind),
      entitiesResponseSchema,
      ({ entities }) => entities,
    ),
  ]);
  const documents = descriptions.map((description, index) => ({
    ...description,
    attempt: input.attempt,
    entities: namedEntities(description, names.items[index] ?? []),
    vector: vectors.items[index] ?? [],
    models: {
      embed: { name: vectors.last.model, version: vectors.last.version },
      entities: { name: names.last.model, version: names.last.version },
    },
  }));
  const documentsKey = derivedKeys.documents(input.assetId, input.attempt);
  await parts.derived.putJson(documentsKey, documentsFileSchema, {
    assetId: input.assetId,
    attempt: input.attempt,
    documents,
  });
  return { documentsKey, documentCount: documents.length };
}

/** Something nobody described still has a kind: an empty text has no direction a vector could point in. */
const embeddable = (description: Description): string => textToEmbed(description) || description.assetKind;
