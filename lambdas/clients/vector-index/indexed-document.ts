import { z } from 'zod';
import { documentSchema, type IndexedField, type WirescopeDocument } from '../../contracts/documents.ts';
import { entityFilter, entityKey } from '../../contracts/entity-key.ts';

/** The index's `display`: the document as it is shown, and what tells one write of it from another. */
export const storedDocumentSchema = documentSchema.omit({ vector: true }).extend({
  contentSha256: z.string(),
  /** When it was sent to the index: the sweeper leaves young documents alone. */
  writtenAt: z.iso.datetime({ offset: true }),
});
export type StoredDocument = z.infer<typeof storedDocumentSchema>;

/** A document in the index's fields; what is shown of it is still an object. */
export type IndexedDocument = { documentId: string; attempt: number; source: StoredDocument } & Partial<
  Record<Exclude<IndexedField, 'display'>, unknown>
>;
/** As it is sent to the index. */
export type WrittenDocument = Partial<Record<IndexedField, unknown>>;

export const writtenDocument = ({ source, ...fields }: IndexedDocument): WrittenDocument => ({
  ...fields,
  display: JSON.stringify(source),
});

/** @throws where it is no document: another writer's, or one of an older form */
export const displayedDocument = (display: string): StoredDocument => storedDocumentSchema.parse(JSON.parse(display));

/** Digits that tell every 32-bit float from its neighbours: the index keeps no more, and JSON twice as many. */
const floatDigits = 9;

const isFolded = (text: string, key: string): boolean => text.toLowerCase() !== key;

/** As values of one field, between which no phrase reaches. */
const exactTexts = ({
  title,
  text,
  context,
  place = '',
  people,
  keywords,
}: Omit<WirescopeDocument, 'vector'>): string[] =>
  [title, text, context, place, ...people, ...keywords].map(entityKey).filter((folded) => folded !== '');

/** A document in the index's fields. */
export function indexedDocument(
  { vector, ...document }: WirescopeDocument,
  write: { contentSha256: string; writtenAt: string },
): IndexedDocument {
  const { rights, story } = document;
  return {
    documentId: document.documentId,
    assetId: document.assetId,
    kind: document.kind,
    assetKind: document.assetKind,
    desk: document.desk,
    title: document.title,
    text: document.text,
    context: document.context,
    keywords: document.keywords,
    ...(document.place === undefined ? {} : { place: document.place }),
    people: document.people,
    // The folded key as well, so that Valparaíso is found by those who type no accents.
    entityNames: [
      ...new Set(document.entities.flatMap(({ text, key }) => (isFolded(text, key) ? [text, key] : [text]))),
    ],
    exact: exactTexts(document),
    entityKeys: [...new Set(document.entities.map(entityFilter))],
    // What has no date of its own is as old as its arrival, so that date filters and newest-first reach it.
    createdAt: document.createdAt ?? document.arrivedAt,
    arrivedAt: document.arrivedAt,
    indexedAt: write.writtenAt,
    ...(rights.embargoUntil === undefined ? {} : { embargoUntil: rights.embargoUntil }),
    withheld: rights.withheld,
    provenance: document.provenance,
    attempt: document.attempt,
    ...(story === undefined ? {} : { storyUri: story.uri }),
    vector: vector.map((value) => Number(value.toPrecision(floatDigits))),
    source: { ...document, ...write },
  };
}
