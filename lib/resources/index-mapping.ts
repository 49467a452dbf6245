import { indexedFields } from '../../lambdas/contracts/documents.ts';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import type { Environment } from '../config/schema.ts';

type Mapping = Record<string, unknown>;

/** An embed package that does not say how long its vectors are. */
export class DimensionError extends Error {
  override readonly name = 'DimensionError';
}

/**
 * What creates the index: OpenSearch's settings and mappings for the contract's fields.
 * Vectors are compared by cosine in an HNSW graph of the faiss engine, the only one a vector collection has.
 * @throws DimensionError where the package names no dimension
 */
export function indexBody(
  embedModel: ModelPackage,
  search: Environment['search'],
): { settings: Mapping; mappings: Mapping } {
  const { dimension } = embedModel;
  if (dimension === undefined) throw new DimensionError(`${embedModel.name} names no dimension in its model.json`);
  const mappingOf = {
    keyword: { type: 'keyword' },
    text: { type: 'text', analyzer: 'english' },
    // Folded by the writer, because an index that exists takes new fields but no new analyzer.
    exact: { type: 'text', analyzer: 'standard' },
    date: { type: 'date' },
    boolean: { type: 'boolean' },
    integer: { type: 'integer' },
    // Not out of `_source`: the index would parse each hit's vector, as text, to leave it out again.
    stored: { type: 'keyword', index: false, doc_values: false, store: true },
    knn_vector: {
      type: 'knn_vector',
      dimension,
      method: {
        name: 'hnsw',
        engine: 'faiss',
        space_type: 'cosinesimil',
        parameters: { m: search.linksPerNode, ef_construction: search.efConstruction },
      },
    },
  } satisfies Record<(typeof indexedFields)[keyof typeof indexedFields], Mapping>;
  return {
    settings: { index: { knn: true, 'knn.algo_param.ef_search': search.efSearch } },
    mappings: {
      // A field that the contract does not know is a fault of the writer, not a new field of the index.
      dynamic: 'strict',
      properties: Object.fromEntries(Object.entries(indexedFields).map(([name, type]) => [name, mappingOf[type]])),
    },
  };
}
