import { visibilityMilliseconds } from '../contracts/documents.ts';
import type { DocumentRecord } from '../contracts/ledger.ts';

/** What is to be written, as the ledger compares it. */
export interface PlannedDocument {
  documentId: string;
  attempt: number;
  contentSha256: string;
}
/** A copy of a document that the index shows. */
export interface VisibleCopy {
  indexId: string;
  attempt: number;
  contentSha256: string;
}

export type WritePlan =
  /** The index holds this content already. */
  | { action: 'skip' }
  | { action: 'write' }
  /** A run that ended early may have written it: look until this moment before writing again. */
  | { action: 'look first'; untilMilliseconds: number };

/** Decides from the ledger's row, as it was before this run, what a document needs. */
export function planWrite(row: DocumentRecord | undefined, document: PlannedDocument): WritePlan {
  if (row === undefined || row.contentSha256 !== document.contentSha256) return { action: 'write' };
  if (row.state === 'confirmed') return { action: 'skip' };
  // Another attempt's unconfirmed copy carries that attempt's number: it is nobody's, and the sweeper's to delete.
  if (row.attempt !== document.attempt) return { action: 'write' };
  return { action: 'look first', untilMilliseconds: Date.parse(row.updatedAt) + visibilityMilliseconds };
}

/** The copy that a crashed run of this attempt left, if it is visible. The first by `_id`, so that all runs agree. */
export function copyToAdopt<Copy extends VisibleCopy>(
  copies: readonly Copy[],
  document: PlannedDocument,
): Copy | undefined {
  return copies
    .filter((copy) => copy.attempt === document.attempt && copy.contentSha256 === document.contentSha256)
    .sort((a, b) => (a.indexId < b.indexId ? -1 : 1))[0];
}
