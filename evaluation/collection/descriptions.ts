import { createHash } from 'node:crypto';
import { type AssetKind, type DocumentKind, deskSchema } from '../../lambdas/contracts/assets.ts';
import type { Description } from '../../lambdas/contracts/documents.ts';
import { splitPassages } from '../../lambdas/describe/passages.ts';
import type { CollectionDocument } from './beir.ts';

const assetKinds: Readonly<Record<DocumentKind, AssetKind>> = { photo: 'photo', shot: 'video', passage: 'story' };
/** Documents of a plain collection have no date, so that none is newer than another. */
const noDate = '2000-01-01T00:00:00Z';
const defaultDesk = 'archive';
/** Between the collection's own id and the passage's number, so that results can be told back. */
const passageMark = '#';

/**
 * The documents that the index holds of one document of a collection. What names a kind is one document of that kind;
 * any other is a story, which is split into passages as the product splits stories.
 */
export function describe(document: CollectionDocument): Description[] {
  const { _id, metadata } = document;
  const kind = metadata?.kind ?? 'passage';
  const createdAt = metadata?.createdAt;
  const instant = createdAt?.length === 10 ? `${createdAt}T00:00:00Z` : createdAt;
  const title = document.title ?? '';
  const texts = metadata?.kind === undefined ? splitPassages(document.text) : [document.text];
  return (texts.length === 0 ? [''] : texts).map((text, ordinal) => ({
    documentId: `${_id}${passageMark}${ordinal}`,
    assetId: createHash('sha256')
      .update(metadata?.asset ?? _id)
      .digest('hex'),
    kind,
    assetKind: assetKinds[kind],
    ordinal,
    desk: deskSchema.catch(defaultDesk).parse(metadata?.desk),
    title,
    text,
    context: metadata?.context ?? (kind === 'passage' ? title : ''),
    keywords: metadata?.keywords ?? [],
    ...(metadata?.place ? { place: metadata.place } : {}),
    people: metadata?.people ?? [],
    ...(instant === undefined ? {} : { createdAt: instant }),
    arrivedAt: instant ?? noDate,
    provenance: kind === 'photo' ? 'embedded' : kind === 'shot' ? 'shotlist' : 'text',
    rights: { withheld: false },
  }));
}

/** The collection's id of a document of the index. */
export const collectionIdOf = (documentId: string): string => documentId.slice(0, documentId.lastIndexOf(passageMark));

/** The collection's documents in the order of the index's: each where its best passage stands. */
export const collectionRanking = (documentIds: readonly string[]): string[] => [
  ...new Set(documentIds.map(collectionIdOf)),
];
