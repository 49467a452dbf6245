import type { SearchResponse } from '../contracts/api.ts';
import { entityFilter } from '../contracts/entity-key.ts';
import type { AssetGroup } from './group.ts';

const maxEntities = 20;

/** As datelines are written: another writing of the name is shown where there is one. */
const isShouted = (text: string): boolean => text === text.toUpperCase();

/** Counts of assets, not of documents, among the candidates. */
export function facetsOf(groups: readonly AssetGroup[]): SearchResponse['facets'] {
  const types: Record<string, number> = {};
  const desks: Record<string, number> = {};
  const entities = new Map<string, SearchResponse['facets']['entities'][number]>();
  for (const { documents } of groups) {
    const { assetKind, desk } = documents[0].document;
    types[assetKind] = (types[assetKind] ?? 0) + 1;
    desks[desk] = (desks[desk] ?? 0) + 1;
    const ofAsset = new Map(
      documents.flatMap(({ document }) => document.entities.map((entity) => [entityFilter(entity), entity])),
    );
    for (const [filter, entity] of ofAsset) {
      const { text, label, key } = entity;
      const known = entities.get(filter);
      const shown = known === undefined || isShouted(known.text) ? text : known.text;
      entities.set(filter, { text: shown, label, key, count: (known?.count ?? 0) + 1 });
    }
  }
  const often = [...entities.values()].sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return { types, desks, entities: often.slice(0, maxEntities) };
}
