import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { FoundDocument, VectorIndex } from '../../clients/vector-index.ts';
import { graceMinutes, isOlder } from './grace.ts';
import type { Finding, Page } from './walk.ts';

export interface IndexPhaseClients {
  index: Pick<VectorIndex, 'documentsInOrder' | 'deleteByIds'>;
  ledger: Pick<AssetLedger, 'getAsset' | 'listDocuments'>;
  now: () => Date;
}

/** Every document of the index against the row that owns it. */
export async function indexPage(clients: IndexPhaseClients, cursor: string | undefined): Promise<Page> {
  const { index, now } = clients;
  const walk = index.documentsInOrder(cursor === undefined ? undefined : { after: cursor });
  const { value } = await walk.next();
  const found = (value ?? []) as FoundDocument[];
  const settled = found.filter(({ document }) => isOlder(document.writtenAt, graceMinutes.settled, now()));
  const findings: Finding[] = [];
  for (const [assetId, copies] of Map.groupBy(settled, ({ document }) => document.assetId)) {
    const unowned = await unownedOf(clients, assetId, copies);
    for (const { indexId, document } of unowned)
      findings.push({
        kind: 'document without owner',
        about: document.documentId,
        repair: async () => {
          const [still] = await unownedOf(
            clients,
            assetId,
            copies.filter((copy) => copy.indexId === indexId),
          );
          if (still !== undefined) await index.deleteByIds([indexId]);
        },
      });
  }
  return { seen: { documents: found.length }, findings, cursor: found.at(-1)?.document.documentId };
}

/** While an asset is being worked on, an attempt may still adopt what it finds. */
async function unownedOf(
  { ledger }: IndexPhaseClients,
  assetId: string,
  copies: readonly FoundDocument[],
): Promise<FoundDocument[]> {
  const rows = await ledger.listDocuments(assetId);
  if ((await ledger.getAsset(assetId))?.status === 'processing') return [];
  const owned = new Set(rows.map(({ indexId }) => indexId));
  return copies.filter(({ indexId }) => !owned.has(indexId));
}
