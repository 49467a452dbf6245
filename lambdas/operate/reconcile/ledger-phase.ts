import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { Executions } from '../../clients/executions.ts';
import type { LedgerRows } from '../../clients/ledger-rows.ts';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import { embargoSubject, isTold } from '../../clients/releases/plan-release.ts';
import type { Releases } from '../../clients/releases.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import type { Workflow } from '../../clients/workflow.ts';
import { isBackfill } from '../../contracts/keys.ts';
import { type AssetRecord, assetRecordSchema, type UploadRecord, uploadRecordSchema } from '../../contracts/ledger.ts';
import { type WithdrawalRecord, withdrawalRecordSchema } from '../../contracts/withdrawal.ts';
import { graceMinutes, isOlder } from './grace.ts';
import type { ReconciledIndex } from './indexes.ts';
import { type NearDuplicateRowClients, ofNearDuplicates } from './near-duplicate-rows.ts';
import type { Finding, Page } from './walk.ts';

export interface LedgerPhaseClients extends NearDuplicateRowClients {
  rows: Pick<LedgerRows, 'page' | 'forgetUpload'>;
  ledger: Pick<AssetLedger, 'getAsset' | 'getAssets' | 'beginAttempt'>;
  releases: Pick<Releases, 'get' | 'expectMissing'>;
  withdrawals: Pick<Withdrawals, 'get' | 'standing'>;
  executions: Pick<Executions, 'statusOf'>;
  workflow: Pick<Workflow, 'start'>;
  /** Of the originals. */
  heads: Pick<MediaBucket, 'head'>;
  indexes: () => Promise<readonly ReconciledIndex[]>;
  /** Sends an object's arrival to admit once more. */
  announce: (object: UploadRecord['object']) => Promise<void>;
  /** Carries a withdrawal on. */
  carryOn: (assetId: string) => Promise<void>;
  now: () => Date;
}

/** Assets, uploads and withdrawals against their originals, their executions and their documents. */
export async function ledgerPage(clients: LedgerPhaseClients, cursor: string | undefined): Promise<Page> {
  const page = await clients.rows.page(cursor);
  const findings: Finding[] = await ofNearDuplicates(clients, page.rows);
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
  if ((await clients.withdrawals.standing(assetId)) !== undefined && status !== 'indexed') return [];
  const findings: Finding[] = [];
  if (status !== 'refused' && (await clients.heads.head(asset.original)) === undefined)
    findings.push({ kind: 'asset without original', about: assetId });
  else if (status === 'processing') findings.push(...(await ofProcessing(clients, asset)));
  else if (status === 'indexed')
    findings.push(...(await ofIndexed(clients, asset)), ...(await ofEmbargo(clients, asset)));
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
  const findings: Finding[] = [];
  for (const version of await clients.indexes())
    if (version.isActive) findings.push(...(await ofVersion(clients, asset, version)));
  return findings;
}

/** While another version is being filled it may lack documents; what it is said to hold it must show. */
async function ofVersion(
  clients: LedgerPhaseClients,
  asset: AssetRecord,
  version: ReconciledIndex,
): Promise<Finding[]> {
  const { assetId, attempt, documentCount = 0 } = asset;
  const rows = await version.ledger.listDocuments(assetId);
  const confirmed = rows.filter(({ state, indexId }) => state === 'confirmed' && indexId !== undefined);
  if (version.isCurrent && confirmed.length < documentCount)
    return [{ kind: 'indexed without documents', about: assetId, repair: () => again(clients, asset, 'redrive') }];
  const copies = await version.index.findByDocumentIds(confirmed.map(({ documentId }) => documentId));
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
          await version.ledger.forgetDocument(assetId, documentId, { upToAttempt: attempt });
        await again(clients, asset, 'redrive');
      },
    },
  ];
}

/** An embargo that ended after the last indexing was waited for, so there must be a release, told or on the list. */
async function ofEmbargo({ releases, now }: LedgerPhaseClients, asset: AssetRecord): Promise<Finding[]> {
  const { assetId, hold, indexedAt = '' } = asset;
  const until = hold?.embargoUntil;
  if (until === undefined || hold?.withheld || !isOlder(until, graceMinutes.settled, now())) return [];
  if (Date.parse(until) <= Date.parse(indexedAt)) return [];
  const release = await releases.get(assetId);
  if (release !== undefined && (isTold(release) || release.dueAt !== undefined)) return [];
  const dueAt = new Date(until).toISOString();
  return [
    {
      kind: 'ended embargo without its release',
      about: assetId,
      repair: async () => {
        await releases.expectMissing(asset, { subject: embargoSubject(until), cause: 'embargo ended', dueAt });
      },
    },
  ];
}

async function ofUpload(clients: LedgerPhaseClients, upload: UploadRecord): Promise<Finding[]> {
  const { uploadId, outcome, assetId, object, arrivedAt } = upload;
  if (assetId === undefined || outcome === 'refused' || !isOlder(arrivedAt, graceMinutes.settled, clients.now()))
    return [];
  if ((await clients.ledger.getAsset(assetId)) !== undefined) return [];
  if ((await clients.withdrawals.standing(assetId)) !== undefined) return [];
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
