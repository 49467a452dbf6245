import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { Executions } from '../../clients/executions.ts';
import type { LedgerRows } from '../../clients/ledger-rows.ts';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import type { VectorIndex } from '../../clients/vector-index.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import type { Workflow } from '../../clients/workflow.ts';
import { isBackfill } from '../../contracts/keys.ts';
import { type AssetRecord, assetRecordSchema, type UploadRecord, uploadRecordSchema } from '../../contracts/ledger.ts';
import { type WithdrawalRecord, withdrawalRecordSchema } from '../../contracts/withdrawal.ts';
import { graceMinutes, isOlder } from './grace.ts';
import type { Finding, Page } from './walk.ts';

export interface LedgerPhaseClients {
  rows: Pick<LedgerRows, 'page' | 'forgetUpload'>;
  ledger: Pick<AssetLedger, 'getAsset' | 'listDocuments' | 'forgetDocument' | 'beginAttempt'>;
  withdrawals: Pick<Withdrawals, 'get'>;
  executions: Pick<Executions, 'statusOf'>;
  workflow: Pick<Workflow, 'start'>;
  /** Of the originals. */
  heads: Pick<MediaBucket, 'head'>;
  index: Pick<VectorIndex, 'findByDocumentIds'>;
  /** Sends an object's arrival to admit once more. */
  announce: (object: UploadRecord['object']) => Promise<void>;
  /** Carries a withdrawal on. */
  carryOn: (assetId: string) => Promise<void>;
  now: () => Date;
}

/** Assets, uploads and withdrawals against their originals, their executions and their documents. */
export async function ledgerPage(clients: LedgerPhaseClients, cursor: string | undefined): Promise<Page> {
  const page = await clients.rows.page(cursor);
  const findings: Finding[] = [];
  for (const row of page.rows) {
    if (row['sk'] === 'ASSET' && String(row['pk']).startsWith('ASSET#'))
      findings.push(...(await ofAsset(clients, assetRecordSchema.parse(row))));
    else if (row['sk'] === 'UPLOAD') findings.push(...(await ofUpload(clients, uploadRecordSchema.parse(row))));
    else if (row['sk'] === 'WITHDRAWAL') findings.push(...ofWithdrawal(clients, withdrawalRecordSchema.parse(row)));
  }
  return { seen: { rows: page.rows.length }, findings, cursor: page.cursor };
}

async function ofAsset(clients: LedgerPhaseClients, asset: AssetRecord): Promise<Finding[]> {
  const { assetId, status, updatedAt } = asset;
  if (status === 'withdrawn' || !isOlder(updatedAt, graceMinutes.settled, clients.now())) return [];
  if ((await clients.withdrawals.get(assetId)) !== undefined && status !== 'indexed') return [];
  const findings: Finding[] = [];
  if (status !== 'refused' && (await clients.heads.head(asset.original)) === undefined)
    findings.push({ kind: 'asset without original', about: assetId });
  else if (status === 'processing') findings.push(...(await ofProcessing(clients, asset)));
  else if (status === 'indexed') findings.push(...(await ofIndexed(clients, asset)));
  return findings;
}

async function ofProcessing(clients: LedgerPhaseClients, asset: AssetRecord): Promise<Finding[]> {
  const { assetId, attempt } = asset;
  if ((await clients.executions.statusOf({ assetId, attempt })) === 'RUNNING') return [];
  return [
    {
      kind: 'processing without execution',
      about: assetId,
      repair: async () => {
        // An attempt that was never started needs no other one.
        if (!(await clients.workflow.start(asset))) await again(clients, asset, 'stuck');
      },
    },
  ];
}

async function again(
  { ledger, workflow }: LedgerPhaseClients,
  { assetId, attempt }: AssetRecord,
  reason: 'stuck' | 'redrive',
): Promise<void> {
  await workflow.start(await ledger.beginAttempt(assetId, { reason, expectedAttempt: attempt }));
}

async function ofIndexed(clients: LedgerPhaseClients, asset: AssetRecord): Promise<Finding[]> {
  const { assetId, attempt, documentCount = 0 } = asset;
  const rows = await clients.ledger.listDocuments(assetId);
  const confirmed = rows.filter(({ state, indexId }) => state === 'confirmed' && indexId !== undefined);
  if (confirmed.length < documentCount)
    return [{ kind: 'indexed without documents', about: assetId, repair: () => again(clients, asset, 'redrive') }];
  const copies = await clients.index.findByDocumentIds(confirmed.map(({ documentId }) => documentId));
  const visible = new Set(copies.map(({ indexId }) => indexId));
  const missing = confirmed.filter(
    ({ indexId, updatedAt }) => !visible.has(indexId ?? '') && isOlder(updatedAt, graceMinutes.visible, clients.now()),
  );
  if (missing.length === 0) return [];
  return [
    {
      kind: 'confirmed document not in the index',
      about: assetId,
      repair: async () => {
        // Without its row a document counts as never written, and the next attempt writes it.
        for (const { documentId } of missing)
          await clients.ledger.forgetDocument(assetId, documentId, { upToAttempt: attempt });
        await again(clients, asset, 'redrive');
      },
    },
  ];
}

async function ofUpload(clients: LedgerPhaseClients, upload: UploadRecord): Promise<Finding[]> {
  const { uploadId, outcome, assetId, object, arrivedAt } = upload;
  if (assetId === undefined || outcome === 'refused' || !isOlder(arrivedAt, graceMinutes.settled, clients.now()))
    return [];
  if ((await clients.ledger.getAsset(assetId)) !== undefined) return [];
  if ((await clients.withdrawals.get(assetId)) !== undefined) return [];
  if ((await clients.heads.head(object)) === undefined)
    return [{ kind: 'upload without asset or object', about: uploadId }];
  return [
    {
      kind: 'upload without asset',
      about: uploadId,
      repair: async () => {
        // Its row says how it ended, and would be believed. Without it the walk over the bucket announces the object;
        // that walk leaves out what waits for a backfill.
        await clients.rows.forgetUpload(uploadId);
        if (isBackfill(object.key)) await clients.announce(object);
      },
    },
  ];
}

function ofWithdrawal(clients: LedgerPhaseClients, { assetId, state, begunAt }: WithdrawalRecord): Finding[] {
  if (state === 'proved' || state === 'lifted' || !isOlder(begunAt, graceMinutes.settled, clients.now())) return [];
  return [{ kind: 'withdrawal without receipt', about: assetId, repair: () => clients.carryOn(assetId) }];
}
