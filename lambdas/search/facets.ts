import type { SearchResponse } from '../contracts/api.ts';
import { tallyNames } from '../contracts/entity-names.ts';
import type { AssetGroup } from './group.ts';

const maxEntities = 20;

/** Counts of assets, not of documents, among the candidates. */
export function facetsOf(groups: readonly AssetGroup[]): SearchResponse['facets'] {
  const types: Record<string, number> = {};
  const desks: Record<string, number> = {};
  for (const { documents } of groups) {
    const { assetKind, desk } = documents[0].document;
    types[assetKind] = (types[assetKind] ?? 0) + 1;
    desks[desk] = (desks[desk] ?? 0) + 1;
  }
  const names = tallyNames(groups.map(({ documents }) => documents.flatMap(({ document }) => document.entities)));
  const often = names.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return { types, desks, entities: often.slice(0, maxEntities) };
}
