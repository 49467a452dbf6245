import type { Ranked } from './rerank.ts';

export interface AssetGroup {
  assetId: string;
  score: number;
  confidence: number;
  /** Best first. */
  documents: [Ranked, ...Ranked[]];
  /** Assets of the same content that this one stands for. */
  folded: string[];
}

/** The documents by their assets; an asset is as good as its best document. Expects and keeps best-first order. */
export function groupByAsset(ranked: readonly Ranked[]): AssetGroup[] {
  const groups = new Map<string, AssetGroup>();
  for (const one of ranked) {
    const { confidence } = one;
    const { assetId } = one.document;
    const group = groups.get(assetId);
    if (group) {
      group.documents.push(one);
      group.confidence = Math.max(group.confidence, confidence);
    } else groups.set(assetId, { assetId, score: one.score, confidence, documents: [one], folded: [] });
  }
  return [...groups.values()];
}
