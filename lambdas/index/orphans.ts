import { isHeld } from '../clients/asset-ledger.ts';
import type { StoredDocument } from '../clients/vector-index.ts';
import type { AssetRecord, DocumentRecord } from '../contracts/ledger.ts';

/**
 * Whether a copy that the index holds is nobody's, and stays so, and may be deleted. A write is claimed before it is
 * made, so that a row read after the copy tells all there is to know: the copy is owned, or its confirmation will be
 * refused, or its write's claim still stands.
 */
export function isOrphan(
  copy: { indexId: string; document: StoredDocument },
  { row, asset }: { row: DocumentRecord | undefined; asset: AssetRecord | undefined },
  now: Date,
): boolean {
  // Also while a newer content is only intended: the old document stays until the new one is confirmed.
  if (row?.indexId === copy.indexId) return false;
  const { attempt, contentSha256 } = copy.document;
  const isIntended = row?.state === 'intended' && row.attempt === attempt && row.contentSha256 === contentSha256;
  if (!isIntended) return true;
  // Whoever wrote it may be about to confirm it, and the next run of its attempt may adopt it.
  const mayBeAdopted = asset?.status === 'processing' && asset.attempt === attempt;
  return !isHeld(row.effect, now) && !mayBeAdopted;
}
