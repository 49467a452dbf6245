import type { MediaBucket } from '../clients/media-bucket.ts';
import { embedTexts, findEntities } from '../clients/model-batches.ts';
import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import { descriptionsFileSchema, documentsFileSchema } from '../contracts/documents.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { EnrichInput, EnrichResult } from '../contracts/workflow.ts';
import { embeddingText, entityTexts } from '../embedding/model-texts.ts';
import { namedEntities } from './named-entities.ts';

export interface EnrichDependencies {
  derived: MediaBucket;
  embed: Pick<ModelEndpoint, 'invokeJson'>;
  entities: Pick<ModelEndpoint, 'invokeJson'>;
}

/**
 * Gives every description its vector and its names, with the models that made them, and writes the documents.
 * @throws RetryableError where an endpoint does not answer.
 */
export async function enrichDescriptions(
  { assetId, attempt, descriptionsKey }: EnrichInput,
  { derived, embed, entities }: EnrichDependencies,
): Promise<{ result: EnrichResult; detail: string }> {
  const { descriptions } = await derived.readJson(descriptionsKey, descriptionsFileSchema);
  // Each different text is read once: the shots of a video share its headline, place and summary.
  const texts = [...new Set(descriptions.flatMap(entityTexts))];
  const [vectors, found] = await Promise.all([
    embedTexts(embed, descriptions.map(embeddingText)),
    findEntities(entities, texts),
  ]);
  const spansOf = new Map(texts.map((text, index) => [text, found.results[index] ?? []]));
  const documents = descriptions.map((description, index) => ({
    ...description,
    attempt,
    entities: namedEntities(
      description,
      entityTexts(description).map((text) => ({ text, spans: spansOf.get(text) ?? [] })),
    ),
    vector: vectors.results[index] ?? [],
    models: { embed: vectors.model, entities: found.model },
  }));
  const documentsKey = derivedKeys.documents(assetId, attempt);
  await derived.putJson(documentsKey, documentsFileSchema, { assetId, attempt, documents });
  const names = new Set(documents.flatMap((document) => document.entities.map(({ key }) => key))).size;
  return {
    result: { documentsKey, documentCount: documents.length },
    detail: `${names} ${names === 1 ? 'name' : 'names'}, ${documents.length} ${documents.length === 1 ? 'vector' : 'vectors'}`,
  };
}
