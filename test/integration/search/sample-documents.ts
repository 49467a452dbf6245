import { createHash } from 'node:crypto';
import { indexedFields, type WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import { entityKey } from '../../../lambdas/contracts/entity-key.ts';
import type { EntityLabel } from '../../../lambdas/contracts/models.ts';
import { indexBody } from '../../../lib/resources/index-mapping.ts';

export const dimension = 64;

/**
 * A deterministic stand-in for a sentence model, so that these tests need no weights: each word hashes to a place and
 * a sign. Texts that share words are near each other; it knows nothing of meaning.
 */
export function hashingEmbedding(text: string): number[] {
  const vector = new Array<number>(dimension).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const digest = createHash('sha256').update(word).digest();
    const place = digest.readUInt16BE(0) % dimension;
    vector[place] = (vector[place] ?? 0) + ((digest[2] ?? 0) % 2 === 0 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  // A vector of zeros has no direction, and the cosine space refuses it.
  return length === 0 ? [1, ...vector.slice(1)] : vector.map((value) => value / length);
}

export const assetIdOf = (name: string): string => createHash('sha256').update(name).digest('hex');

export interface SampleOptions extends Partial<Omit<WirescopeDocument, 'entities' | 'vector'>> {
  entities?: [string, EntityLabel][];
}

/** A photo's document unless told otherwise, with a vector of its title and text. */
export function sampleDocument(name: string, text: string, options: SampleOptions = {}): WirescopeDocument {
  const assetId = options.assetId ?? assetIdOf(name);
  const { entities = [], ...rest } = options;
  return {
    documentId: `${assetId}.photo.0`,
    assetId,
    kind: 'photo',
    assetKind: 'photo',
    ordinal: 0,
    desk: 'news',
    title: name,
    text,
    context: '',
    keywords: [],
    people: [],
    arrivedAt: '2026-05-01T10:00:00Z',
    provenance: 'embedded',
    rights: { withheld: false },
    attempt: 1,
    entities: entities.map(([entity, label]) => ({ text: entity, label, key: entityKey(entity) })),
    vector: hashingEmbedding(`${name} ${text}`),
    models: { embed: { name: 'hashing', version: '1' }, entities: { name: 'none', version: '1' } },
    ...rest,
  };
}

/** The very mapping that the stacks create, for vectors of this test's dimension. */
export const testIndexBody = () =>
  indexBody({ name: 'hashing', endpoint: 'embed', version: '1', dimension }, {
    linksPerNode: 16,
    efConstruction: 128,
    efSearch: 128,
  } as Parameters<typeof indexBody>[1]);

export const fieldNames = Object.keys(indexedFields);

/** What a deployment with one version of the embedding model tells its functions, whose vectors this index holds. */
export const onlyVersion = (indexName: string): string =>
  JSON.stringify([{ name: 'embed', version: '1', indexName, endpointName: 'none' }]);
