import type { Membership } from '../contracts/near-duplicates.ts';
import { stemOf, wordsOf } from './analysis.ts';
import type { AssetGroup } from './group.ts';
import { nearDuplicate } from './settings.ts';

/** Where an asset stands among near-duplicates. */
export type Places = ReadonlyMap<string, Pick<Membership, 'groupId'>>;

/**
 * Assets of the same content become one hit, the best-ranked, that carries the others' ids: members of one group of
 * near-duplicates, other versions of the same story and, of assets that were never looked at for near-duplicates, those
 * of nearly the same words. Keeps best-first order.
 */
export function fold(groups: readonly AssetGroup[], places: Places = new Map()): AssetGroup[] {
  const kept: Kept[] = [];
  const byShingle = new Map<string, Kept[]>();
  for (const group of groups) {
    const content = contentOf(group, places);
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
  place?: Pick<Membership, 'groupId'>;
  storyUri?: string;
  shingles: ReadonlySet<string>;
}

function contentOf({ assetId, documents: [{ document }] }: AssetGroup, places: Places): Content {
  const { assetKind, story } = document;
  const place = places.get(assetId);
  return {
    kind: assetKind,
    ...(place === undefined ? {} : { place }),
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
  // Both were looked at: the same words under two pictures, or an editor's decision, keep them apart.
  if (one.place !== undefined && other.place !== undefined)
    return one.place.groupId !== undefined && one.place.groupId === other.place.groupId;
  // Short texts are alike too easily and count as different.
  if (Math.min(one.shingles.size, other.shingles.size) < nearDuplicate.minShingles) return false;
  const jaccard = sharedShingles / (one.shingles.size + other.shingles.size - sharedShingles);
  return jaccard >= nearDuplicate.overlap;
}
