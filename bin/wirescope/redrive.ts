import type { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import type { FailureQueue } from '../../lambdas/clients/failure-queue.ts';
import type { Workflow } from '../../lambdas/clients/workflow.ts';
import { assetIdSchema } from '../../lambdas/contracts/assets.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import { errorMessage } from '../../lambdas/runtime/errors.ts';
import { OperatorError } from './deployed.ts';
import type { Progress } from './progress-bar.ts';

export interface RedriveClients {
  ledger: AssetLedger;
  workflow: Workflow;
  failureQueue: FailureQueue;
}

/** Which assets: one by its id, every failed one, those that failed for a reason, or those stuck in processing. */
export interface Selection {
  assetId?: string | undefined;
  /** An error's name, or a part of the reason in the ledger. */
  reason?: string | undefined;
  all?: boolean | undefined;
  /** Minutes without a sign of life after which a processing asset is taken for lost. */
  stuckMinutes?: number | undefined;
}

export interface Redriven {
  assetId: string;
  fileName: string;
  status: AssetRecord['status'];
  reason?: string | undefined;
  /** The attempt that was begun; absent on a dry run and where it failed. */
  attempt?: number;
  /** Why this one could not be redriven. */
  problem?: string;
}
export interface RedriveReport {
  assets: Redriven[];
  /** Messages taken out of the failure queue, which these attempts have answered. */
  messagesTaken: number;
}

const isNamed = (asset: AssetRecord, reason: string | undefined): boolean =>
  reason === undefined ||
  asset.errorName === reason ||
  (asset.reason ?? '').toLocaleLowerCase().includes(reason.toLocaleLowerCase());

/** @throws OperatorError where nothing, too much or something unknown is selected. */
export async function selectAssets(
  ledger: AssetLedger,
  { assetId, reason, all, stuckMinutes }: Selection,
  now = new Date(),
): Promise<AssetRecord[]> {
  if (assetId !== undefined) return [await oneAsset(ledger, assetId)];
  if (reason === undefined && !all && stuckMinutes === undefined)
    throw new OperatorError('say which: an asset’s id, --reason TEXT, --stuck MINUTES or --all.');
  const unsettled =
    stuckMinutes === undefined
      ? await ledger.listUnsettled({ status: 'failed' })
      : await ledger.listUnsettled({
          status: 'processing',
          before: new Date(now.getTime() - stuckMinutes * 60_000).toISOString(),
        });
  const records = await ledger.getAssets(unsettled.map((each) => each.assetId));
  return unsettled.flatMap((each) => records.get(each.assetId) ?? []).filter((asset) => isNamed(asset, reason));
}

async function oneAsset(ledger: AssetLedger, assetId: string): Promise<AssetRecord> {
  if (!assetIdSchema.safeParse(assetId).success)
    throw new OperatorError(`${assetId} is no asset id: it has 64 digits from 0 to f.`);
  const asset = await ledger.getAsset(assetId);
  if (asset === undefined) throw new OperatorError(`the ledger has no asset ${assetId}.`);
  return asset;
}

/**
 * Begins a new attempt of each asset and then takes its failures out of the queue: not before, so that an end in
 * between leaves the message for the next redrive.
 */
export async function redrive(
  { ledger, workflow, failureQueue }: RedriveClients,
  assets: readonly AssetRecord[],
  { isDryRun, isStuck, progress }: { isDryRun: boolean; isStuck: boolean; progress?: Progress },
): Promise<RedriveReport> {
  const report: Redriven[] = [];
  for (const asset of assets) {
    const { assetId, fileName, status, reason } = asset;
    const line = { assetId, fileName, status, reason };
    progress?.set(report.length, fileName);
    report.push(isDryRun ? line : { ...line, ...(await redriveOne(ledger, workflow, asset, isStuck)) });
  }
  const begun = new Map(report.flatMap(({ assetId, attempt }) => (attempt === undefined ? [] : [[assetId, attempt]])));
  const drained =
    begun.size === 0
      ? { taken: 0 }
      : await failureQueue.drain(({ assetId, attempt }) => attempt < (begun.get(assetId) ?? 0));
  return { assets: report, messagesTaken: drained.taken };
}

async function redriveOne(
  ledger: AssetLedger,
  workflow: Workflow,
  asset: AssetRecord,
  isStuck: boolean,
): Promise<{ attempt: number } | { problem: string }> {
  const { assetId, attempt } = asset;
  try {
    // An attempt that was begun but never started needs no other one.
    if (isStuck && asset.status === 'processing' && (await workflow.start(asset))) return { attempt };
    const begun = await ledger.beginAttempt(assetId, {
      reason: isStuck ? 'stuck' : 'redrive',
      expectedAttempt: attempt,
    });
    await workflow.start(begun);
    return { attempt: begun.attempt };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}
