import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { FoundDocument } from '../../clients/vector-index.ts';
import { graceMinutes, isOlder } from './grace.ts';
import type { ReconciledIndex } from './indexes.ts';
import type { Finding, Page } from './walk.ts';

export interface IndexPhaseClients {
  indexes: () => Promise<readonly ReconciledIndex[]>;
  ledger: Pick<AssetLedger, 'getAsset'>;
  now: () => Date;
}

/** The index and the document that a walk has come to; documents' ids know no such character. */
const separator = '|';

/** Every document of every version's index against the row that owns it, one index after the other. */
export async function indexPage(clients: IndexPhaseClients, cursor: string | undefined): Promise<Page> {
  const indexes = await clients.indexes();
  const [name = indexes[0]?.name, after = ''] = cursor?.split(separator) ?? [];
  // An index that is no longer deployed meanwhile is not walked on.
  const at = indexes.findIndex((one) => one.name === name);
  const walked = indexes[at];
  if (walked === undefined) return { seen: {}, findings: [] };
  const walk = walked.index.documentsInOrder(after === '' ? undefined : { after });
  const { value } = await walk.next();
  const found = (value ?? []) as FoundDocument[];
  const settled = found.filter(({ document }) => isOlder(document.writtenAt, graceMinutes.settled, clients.now()));
  const findings: Finding[] = [];
  for (const [assetId, copies] of Map.groupBy(settled, ({ document }) => document.assetId)) {
    const unowned = await unownedOf(clients, walked, assetId, copies);
    for (const { indexId, document } of unowned)
      findings.push({
        kind: 'document without owner',
        about: document.documentId,
        repair: async () => {
          const [still] = await unownedOf(
            clients,
            walked,
            assetId,
            copies.filter((copy) => copy.indexId === indexId),
          );
          if (still !== undefined) await walked.index.deleteByIds([indexId]);
        },
      });
  }
  const last = found.at(-1)?.document.documentId;
  const next = indexes[at + 1];
  const place = last !== undefined ? `${walked.name}${separator}${last}` : next && `${next.name}${separator}`;
  return { seen: { documents: found.length }, findings, cursor: place };
}

/** While an asset is being worked on, an attempt may still adopt what it finds. */
async function unownedOf(
  { ledger }: IndexPhaseClients,
  walked: ReconciledIndex,
  assetId: string,
  copies: readonly FoundDocument[],
): Promise<FoundDocument[]> {
  const rows = await walked.ledger.listDocuments(assetId);
  if ((await ledger.getAsset(assetId))?.status === 'processing') return [];
  const owned = new Set(rows.map(({ indexId }) => indexId));
  return copies.filter(({ indexId }) => !owned.has(indexId));
}
