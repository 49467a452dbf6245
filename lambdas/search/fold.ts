import { stemOf, wordsOf } from './analysis.ts';
import type { AssetGroup } from './group.ts';
import { nearDuplicate } from './settings.ts';

/**
 * Assets of the same content become one hit, the best-ranked, that carries the others' ids: the same picture by its
 * perceptual hash, another version of the same story, or nearly the same words. Keeps best-first order.
 */
export function fold(groups: readonly AssetGroup[]): AssetGroup[] {
  const kept: { group: AssetGroup; content: Content }[] = [];
  for (const group of groups) {
    const content = contentOf(group);
    const same = kept.find((earlier) => isSameContent(earlier.content, content));
    if (same) same.group.folded.push(group.assetId, ...group.folded);
    else kept.push({ group: { ...group, folded: [...group.folded] }, content });
  }
  return kept.map(({ group }) => group);
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

function isSameContent(one: Content, other: Content): boolean {
  if (one.kind !== other.kind) return false;
  if (one.storyUri !== undefined && one.storyUri === other.storyUri) return true;
  if (one.perceptualHash !== undefined && other.perceptualHash !== undefined)
    return bitsApart(one.perceptualHash, other.perceptualHash) <= nearDuplicate.perceptualHashBits;
  return overlap(one.shingles, other.shingles) >= nearDuplicate.overlap;
}

/** Jaccard's coefficient; short texts are alike too easily and count as different. */
function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (Math.min(one.size, other.size) < nearDuplicate.minShingles) return 0;
  let shared = 0;
  for (const shingle of one) if (other.has(shingle)) shared += 1;
  return shared / (one.size + other.size - shared);
}

function bitsApart(one: bigint, other: bigint): number {
  let difference = one ^ other;
  let bits = 0;
  for (; difference > 0n; difference &= difference - 1n) bits += 1;
  return bits;
}
