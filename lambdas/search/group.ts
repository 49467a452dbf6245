import type { Ranked } from './rerank.ts';

export interface AssetGroup {
  /** Of the best document. */
  assetId: string;
  score: number;
  confidence: number;
  /** Best first. */
  documents: [Ranked, ...Ranked[]];
  /** Assets of the same content that this one stands for. */
  folded: string[];
}

/**
 * The documents by their assets, and the shots of one run on a live feed together, though each is an asset of its own; a
 * group is as good as its best document. Expects and keeps best-first order.
 */
export function groupByAsset(ranked: readonly Ranked[]): AssetGroup[] {
  const groups = new Map<string, AssetGroup>();
  for (const one of ranked) {
    const { confidence } = one;
    const { assetId, liveSession } = one.document;
    const key = liveSession === undefined ? assetId : `live ${liveSession}`;
    const group = groups.get(key);
    if (group) {
      group.documents.push(one);
      group.confidence = Math.max(group.confidence, confidence);
    } else groups.set(key, { assetId, score: one.score, confidence, documents: [one], folded: [] });
  }
  return [...groups.values()];
}
