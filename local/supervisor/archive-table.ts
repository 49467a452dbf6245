import Table from 'cli-table3';
import type { LedgerView } from './ledger-view.ts';

/** What the archive holds, an asset a row. */
export function archiveTable(view: LedgerView): string {
  const table = new Table({
    head: ['kind', 'desk', 'file', 'status', 'documents', 'title or reason'],
    style: { head: [], border: [], compact: true },
  });
  const assets = [...view.assets].sort((a, b) => a.kind.localeCompare(b.kind) || a.fileName.localeCompare(b.fileName));
  for (const asset of assets) {
    const words = (asset.status === 'indexed' ? asset.title : asset.reason) ?? '';
    table.push([
      asset.kind,
      asset.desk,
      asset.fileName.slice(0, 40),
      asset.status,
      asset.documentCount ?? '',
      words.length > 60 ? `${words.slice(0, 59)}…` : words,
    ]);
  }
  const refused = view.uploads.filter((upload) => upload.outcome === 'refused' && !upload.assetId);
  for (const upload of refused)
    table.push(['', upload.desk, upload.fileName.slice(0, 40), 'refused', '', (upload.reason ?? '').slice(0, 60)]);
  return table.toString();
}
