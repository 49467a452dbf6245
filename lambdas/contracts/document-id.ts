import { assetIdSchema, type DocumentKind, documentKindSchema } from './assets.ts';

/** A document's own id. The index generates `_id`; this is what the ledger and readers know it by. */
export const documentId = (assetId: string, kind: DocumentKind, ordinal: number): string =>
  `${assetId}.${kind}.${ordinal}`;

/** What a document's id says of it; undefined for what is none. */
export function parseDocumentId(id: string): { assetId: string; kind: DocumentKind; ordinal: number } | undefined {
  const [first, second, third = '', ...others] = id.split('.');
  const assetId = assetIdSchema.safeParse(first).data;
  const kind = documentKindSchema.safeParse(second).data;
  if (assetId === undefined || kind === undefined || !/^\d{1,9}$/.test(third) || others.length > 0) return undefined;
  return { assetId, kind, ordinal: Number(third) };
}
