import type { StoredDocument } from '../clients/vector-index.ts';
import type { SearchResponse } from '../contracts/api.ts';
import { entityFilter } from '../contracts/entity-key.ts';
import type { Ranked } from './rerank.ts';

/** An asset with its documents, best first. */
export interface AssetGroup {
  assetId: string;
  score: number;
  members: { ranked: Ranked; document: StoredDocument }[];
}

/** Documents in their order become assets in the order of their best document. */
export function groupByAsset(ranked: readonly Ranked[], documents: ReadonlyMap<string, StoredDocument>): AssetGroup[] {
  const groups = new Map<string, AssetGroup>();
  for (const one of ranked) {
    const document = documents.get(one.documentId);
    if (!document) continue;
    const group = groups.get(document.assetId) ?? { assetId: document.assetId, score: one.score, members: [] };
    group.members.push({ ranked: one, document });
    groups.set(document.assetId, group);
  }
  return [...groups.values()];
}

const maxEntityFacets = 20;

/** How many of the assets found are of each type and desk, and which names stand in most of them. */
export function facetsOf(groups: readonly AssetGroup[]): SearchResponse['facets'] {
  const types: Record<string, number> = {};
  const desks: Record<string, number> = {};
  const entities = new Map<string, SearchResponse['facets']['entities'][number]>();
  for (const { members } of groups) {
    const [first] = members;
    if (!first) continue;
    types[first.document.assetKind] = (types[first.document.assetKind] ?? 0) + 1;
    desks[first.document.desk] = (desks[first.document.desk] ?? 0) + 1;
    const ofAsset = new Map(
      members.flatMap(({ document }) => document.entities).map((entity) => [entityFilter(entity), entity]),
    );
    for (const [key, entity] of ofAsset) {
      const facet = entities.get(key);
      if (facet) facet.count += 1;
      else entities.set(key, { ...entity, count: 1 });
    }
  }
  const byCount = [...entities.values()].sort((a, b) => b.count - a.count || a.key.localeCompare(b.key));
  return { types, desks, entities: byCount.slice(0, maxEntityFacets) };
}
