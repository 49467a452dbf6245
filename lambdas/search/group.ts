import type { Ranked } from './rerank.ts';

export interface AssetGroup {
  assetId: string;
  score: number;
  /** Best first. */
  documents: [Ranked, ...Ranked[]];
}

/** The documents by their assets; an asset is as good as its best document. Expects and keeps best-first order. */
export function groupByAsset(ranked: readonly Ranked[]): AssetGroup[] {
  const groups = new Map<string, AssetGroup>();
  for (const one of ranked) {
    const group = groups.get(one.document.assetId);
    if (group) group.documents.push(one);
    else groups.set(one.document.assetId, { assetId: one.document.assetId, score: one.score, documents: [one] });
  }
  return [...groups.values()];
}
