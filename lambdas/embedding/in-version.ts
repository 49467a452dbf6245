import { embedTexts, type ModelIdentity } from '../clients/model-batches.ts';
import type { WirescopeDocument } from '../contracts/documents.ts';
import { RetryableError } from '../runtime/errors.ts';
import { embeddingText } from './model-texts.ts';
import type { Endpoint } from './version-endpoint.ts';

/**
 * The documents with the vectors of one version: those that it made stay, all others are made anew from the same words.
 * @throws RetryableError ModelMismatchError rather than let another version's vector through
 */
export async function inVersion(
  { name, version }: ModelIdentity,
  documents: readonly WirescopeDocument[],
  endpoint: Endpoint,
): Promise<WirescopeDocument[]> {
  const isOwn = ({ name: by, version: of }: ModelIdentity): boolean => by === name && of === version;
  const others = documents.filter(({ models }) => !isOwn(models.embed));
  if (others.length === 0) return [...documents];
  const { model, results } = await embedTexts(endpoint, others.map(embeddingText));
  if (!isOwn(model))
    throw new RetryableError(
      'ModelMismatchError',
      `vectors of ${name} ${version} were asked for, and ${model.name} ${model.version} made them`,
    );
  const made = new Map(others.map((document, at) => [document.documentId, results[at] ?? []]));
  return documents.map((document) => {
    const vector = made.get(document.documentId);
    return vector === undefined ? document : { ...document, vector, models: { ...document.models, embed: model } };
  });
}
