import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { ModelIdentity } from '../clients/model-batches.ts';
import type { AssetStatus } from '../contracts/assets.ts';
import { documentsFileSchema, type WirescopeDocument } from '../contracts/documents.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { AssetRecord, DocumentRecord } from '../contracts/ledger.ts';
import { inVersion } from '../embedding/in-version.ts';
import type { Endpoint } from '../embedding/version-endpoint.ts';
import { FencedError } from '../runtime/errors.ts';
import {
  type DocumentIndex,
  type DocumentLedger,
  type IndexClients,
  removeLeftovers,
  removeRows,
  writeDocuments,
} from './index-documents.ts';

/** One version of the vectors as its writer needs it. */
export interface WritableVersion {
  version: ModelIdentity;
  index: DocumentIndex;
  ledger: DocumentLedger;
  embed: Endpoint;
}
export interface HoldClients extends Pick<IndexClients, 'clock' | 'leaseSeconds'> {
  ledger: Pick<AssetLedger, 'getAsset'>;
  derived: Pick<MediaBucket, 'readJson'>;
}
/** An asset in one of these has documents that readers may have; in any other it has none. */
const heldStatuses: readonly AssetStatus[] = ['processing', 'indexed', 'failed'];

/**
 * Sees to it that each of the versions holds exactly the documents an asset has: writes what one of them lacks, by its
 * own vectors, and takes away what was withdrawn. Documents that are there cost one read of the ledger.
 * @returns how many documents were written
 * @throws RetryableError; a later attempt that has taken over does the work itself
 */
export async function holdAsset(
  clients: HoldClients,
  versions: readonly WritableVersion[],
  assetId: string,
): Promise<number> {
  const asset = await clients.ledger.getAsset(assetId);
  const rows = await Promise.all(versions.map(({ ledger }) => ledger.listDocuments(assetId)));
  if (asset === undefined || isGone(asset)) {
    await withdraw(versions, assetId, asset?.attempt ?? 0);
    return 0;
  }
  const attempt = attemptToHold(asset, rows.flat());
  if (attempt === undefined) return 0;
  const isHeld = (own: readonly DocumentRecord[]): boolean =>
    asset.status === 'indexed' &&
    own.length === asset.documentCount &&
    own.every((row) => row.state === 'confirmed' && row.attempt === attempt);
  if (rows.every(isHeld)) return 0;
  const { documents } = await clients.derived.readJson(derivedKeys.documents(assetId, attempt), documentsFileSchema);
  let written = 0;
  for (const [at, version] of versions.entries())
    written += await complete(clients, version, { assetId, attempt, documents, rows: rows[at] ?? [] });
  const after = await clients.ledger.getAsset(assetId);
  // It went while it was written: what this run put back goes too.
  if (after === undefined || isGone(after)) await withdraw(versions, assetId, after?.attempt ?? asset.attempt);
  return written;
}

const isGone = ({ status }: AssetRecord): boolean => !heldStatuses.includes(status);

/** The attempt whose documents readers have: the one that completed the asset, or the last that wrote anything. */
export function attemptToHold(asset: AssetRecord, rows: readonly DocumentRecord[]): number | undefined {
  if (asset.status === 'indexed') return asset.attempt;
  const confirmed = rows.filter(({ state }) => state === 'confirmed').map(({ attempt }) => attempt);
  return confirmed.length === 0 ? undefined : Math.max(...confirmed);
}

async function complete(
  { clock, leaseSeconds }: Pick<HoldClients, 'clock' | 'leaseSeconds'>,
  { version, index, ledger, embed }: WritableVersion,
  held: { assetId: string; attempt: number; documents: readonly WirescopeDocument[]; rows: readonly DocumentRecord[] },
): Promise<number> {
  const { assetId, attempt, documents } = held;
  const rowOf = new Map(held.rows.map((row) => [row.documentId, row]));
  const missing = documents.filter(({ documentId }) => {
    const row = rowOf.get(documentId);
    return row?.state !== 'confirmed' || row.attempt < attempt;
  });
  try {
    if (missing.length > 0)
      await writeDocuments(
        { ledger, index, clock, leaseSeconds },
        { assetId, attempt, documents: await inVersion(version, missing, embed), statuses: heldStatuses },
      );
    await removeLeftovers({ ledger, index }, { assetId, attempt, documents });
    return missing.length;
  } catch (error) {
    if (error instanceof FencedError) return 0;
    throw error;
  }
}

async function withdraw(versions: readonly WritableVersion[], assetId: string, attempt: number): Promise<void> {
  for (const { ledger, index } of versions) {
    const rows = (await ledger.listDocuments(assetId)).filter((row) => row.attempt <= attempt);
    await removeRows({ ledger, index }, assetId, attempt, rows);
  }
}
