import type { LedgerView } from '../../local/supervisor/ledger-view.ts';

/** What became of everything, without what may differ from run to run, such as times. */
export interface Endings {
  /** By the key that arrived. */
  uploads: Record<string, string>;
  /** By the asset's id. */
  assets: Record<string, { status: string; documents: Record<string, string> }>;
}

/** One copy of a document as the index holds it. */
export interface IndexedCopy {
  indexId: string;
  documentId: string;
  assetId: string;
  text: string;
}

export function endingsOf(view: LedgerView, copies: readonly IndexedCopy[]): Endings {
  const documentsOf = Map.groupBy(copies, ({ assetId }) => assetId);
  return {
    uploads: Object.fromEntries(
      view.uploads.map(({ object, outcome, assetId, reason }) => [
        object.key,
        // Which of two arrivals of the same bytes came first is chance, and no loss.
        outcome === 'admitted' || outcome === 'duplicate' ? `asset ${assetId}` : `${outcome}: ${reason ?? ''}`,
      ]),
    ),
    assets: Object.fromEntries(
      view.assets.map(({ assetId, status }) => [
        assetId,
        {
          status,
          documents: Object.fromEntries(
            (documentsOf.get(assetId) ?? []).map(({ documentId, text }) => [documentId, text]),
          ),
        },
      ]),
    ),
  };
}

/** Where one run ended otherwise than another, in words; empty where they are alike. */
export function differences(expected: Endings, found: Endings): string[] {
  const lines: string[] = [];
  const say = (what: string, wanted: unknown, got: unknown) => {
    if (wanted !== got) lines.push(`${what}: ${String(got)} instead of ${String(wanted)}`);
  };
  for (const key of union(expected.uploads, found.uploads))
    say(`upload ${key}`, expected.uploads[key], found.uploads[key]);
  for (const assetId of union(expected.assets, found.assets)) {
    const [wanted, got] = [expected.assets[assetId], found.assets[assetId]];
    say(`asset ${assetId}`, wanted?.status, got?.status);
    for (const documentId of union(wanted?.documents ?? {}, got?.documents ?? {}))
      say(`document ${documentId}`, wanted?.documents[documentId], got?.documents[documentId]);
  }
  return lines;
}

const union = (one: object, other: object): string[] => [...new Set([...Object.keys(one), ...Object.keys(other)])];

/** Document ids of which the index holds more than one copy. */
export function doublesIn(copies: readonly IndexedCopy[]): string[] {
  return [...Map.groupBy(copies, ({ documentId }) => documentId)]
    .filter(([, own]) => own.length > 1)
    .map(([documentId]) => documentId);
}
