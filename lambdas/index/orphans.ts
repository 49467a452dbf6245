import type { StoredDocument } from '../clients/vector-index.ts';
import type { AssetRecord, DocumentRecord } from '../contracts/ledger.ts';

/** A Lambda lives 15 minutes at most: whatever wrote an older document is not about to confirm it. */
export const graceMilliseconds = 16 * 60 * 1000;

/** Whether a copy that the index holds is nobody's, and stays so, and may be deleted. */
export function isOrphan(
  copy: { indexId: string; document: StoredDocument },
  ledger: { row: DocumentRecord | undefined; asset: AssetRecord | undefined },
  now: Date,
): boolean {
  const { row, asset } = ledger;
  const { attempt, contentSha256, writtenAt } = copy.document;
  // Also while a newer content is only intended: the old document stays until the new one is confirmed.
  if (row?.indexId === copy.indexId) return false;
  if (now.getTime() - Date.parse(writtenAt) < graceMilliseconds) return false;
  const mayBeAdopted =
    row?.state === 'intended' &&
    row.attempt === attempt &&
    row.contentSha256 === contentSha256 &&
    asset?.status === 'processing' &&
    asset.attempt === attempt;
  return !mayBeAdopted;
}
