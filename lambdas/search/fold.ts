import { stemOf, wordsOf } from './analysis.ts';
import type { AssetGroup } from './group.ts';
import { nearDuplicate } from './settings.ts';

/**
 * Assets of the same content become one hit, the best-ranked, that carries the others' ids: the same picture by its
 * perceptual hash, another version of the same story, or nearly the same words. Keeps best-first order.
 */
export function fold(groups: readonly AssetGroup[]): AssetGroup[] {
  const kept: Kept[] = [];
  const byShingle = new Map<string, Kept[]>();
  for (const group of groups) {
    const content = contentOf(group);
    const same = sameContent(content, kept, byShingle);
    if (same) same.group.folded.push(group.assetId, ...group.folded);
    else {
      const one: Kept = { group: { ...group, folded: [...group.folded] }, content };
      kept.push(one);
      for (const shingle of content.shingles) addTo(byShingle, shingle, one);
    }
  }
  return kept.map(({ group }) => group);
}

function addTo(byShingle: Map<string, Kept[]>, shingle: string, one: Kept): void {
  const list = byShingle.get(shingle);
  if (list) list.push(one);
  else byShingle.set(shingle, [one]);
}

interface Kept {
  group: AssetGroup;
  content: Content;
}
interface Content {
  kind: string;
  perceptualHash?: bigint;
  storyUri?: string;
  shingles: ReadonlySet<string>;
}

function contentOf({ documents: [{ document }] }: AssetGroup): Content {
  const { assetKind, story, perceptualHash } = document;
  return {
    kind: assetKind,
    ...(perceptualHash === undefined ? {} : { perceptualHash: BigInt(`0x${perceptualHash}`) }),
    ...(story === undefined ? {} : { storyUri: story.uri }),
    shingles: shinglesOf(document.text),
  };
}

/** Runs of stems; a word more or less changes few of them. */
export function shinglesOf(text: string): Set<string> {
  const stems = wordsOf(text)
    .map(stemOf)
    .filter((stem) => stem !== '');
  const { shingleWords } = nearDuplicate;
  return new Set(
    Array.from({ length: Math.max(0, stems.length - shingleWords + 1) }, (_, at) =>
      stems.slice(at, at + shingleWords).join(' '),
    ),
  );
}

/** The best-ranked that has the same content. Only those that share a run of words are compared by their words. */
function sameContent(
  content: Content,
  kept: readonly Kept[],
  byShingle: ReadonlyMap<string, readonly Kept[]>,
): Kept | undefined {
  const shared = new Map<Kept, number>();
  for (const shingle of content.shingles)
    for (const one of byShingle.get(shingle) ?? []) shared.set(one, (shared.get(one) ?? 0) + 1);
  return kept.find((one) => isSameContent(one.content, content, shared.get(one) ?? 0));
}

function isSameContent(one: Content, other: Content, sharedShingles: number): boolean {
  if (one.kind !== other.kind) return false;
  if (one.storyUri !== undefined && one.storyUri === other.storyUri) return true;
  if (one.perceptualHash !== undefined && other.perceptualHash !== undefined)
    return bitsApart(one.perceptualHash, other.perceptualHash) <= nearDuplicate.perceptualHashBits;
  // Short texts are alike too easily and count as different.
  if (Math.min(one.shingles.size, other.shingles.size) < nearDuplicate.minShingles) return false;
  const jaccard = sharedShingles / (one.shingles.size + other.shingles.size - sharedShingles);
  return jaccard >= nearDuplicate.overlap;
}

function bitsApart(one: bigint, other: bigint): number {
  let difference = one ^ other;
  let bits = 0;
  for (; difference > 0n; difference &= difference - 1n) bits += 1;
  return bits;
}
