import type { z } from 'zod';
import type { AssetLedger } from '../clients/asset-ledger.ts';
import { type UploadStatus, uploadsQuerySchema, type uploadsResponseSchema } from '../contracts/api.ts';
import type { AssetRecord, UploadRecord } from '../contracts/ledger.ts';
import { progressOf } from '../contracts/progress.ts';
import { type Release, releaseOf } from '../contracts/release.ts';
import { parseRequest } from '../runtime/problems.ts';

/** Without a day the list goes back this far, until it is full. */
const daysBack = 7;
const dayMilliseconds = 24 * 3600 * 1000;

/** Refused and withdrawn assets have nothing to show, whatever their sources say. */
const releaseOfAsset = ({ status, hold }: AssetRecord, now: Date): Release =>
  status === 'refused' || status === 'withdrawn' ? { state: 'unknown' } : releaseOf(hold, now);

/** An arrival and, where it belongs to an asset, how far that has come; its words only once they are released. */
export function uploadStatus(upload: UploadRecord, asset: AssetRecord | undefined, now: Date): UploadStatus {
  const { uploadId, object, fileName, desk, arrivedAt, outcome, reason } = upload;
  return {
    uploadId,
    key: object.key,
    fileName,
    desk,
    arrivedAt,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(asset === undefined ? {} : { asset: assetStatus(asset, releaseOfAsset(asset, now)) }),
  };
}

const assetStatus = (asset: AssetRecord, release: Release): UploadStatus['asset'] => ({
  assetId: asset.assetId,
  kind: asset.kind,
  status: asset.status,
  attempt: asset.attempt,
  release,
  title: release.state === 'released' ? asset.title : undefined,
  reason: asset.reason,
  documentCount: asset.documentCount,
  steps: asset.steps,
  progress: progressOf(asset),
});

/** GET /uploads: a desk's arrivals, newest first; to editors of other desks only those that are released. */
export async function listUploads(
  ledger: Pick<AssetLedger, 'listUploads' | 'getAssets'>,
  query: unknown,
  editorsDesks: readonly string[] | 'all',
  now = new Date(),
): Promise<z.infer<typeof uploadsResponseSchema>> {
  const { desk, day, key, limit } = parseRequest(uploadsQuerySchema, query);
  const days =
    day === undefined
      ? Array.from({ length: daysBack }, (_, back) =>
          new Date(now.getTime() - back * dayMilliseconds).toISOString().slice(0, 10),
        )
      : [day];
  const records: UploadRecord[] = [];
  for (const each of days) {
    if (records.length >= limit) break;
    records.push(...(await ledger.listUploads({ desk, day: each, key, limit: limit - records.length })));
  }
  const assets = await ledger.getAssets(records.flatMap(({ assetId }) => (assetId === undefined ? [] : [assetId])));
  const uploads = records.map((upload) => uploadStatus(upload, assets.get(upload.assetId ?? ''), now));
  // Whoever names the very key was given it by the archive or by its sender.
  const isToldAll = editorsDesks === 'all' || editorsDesks.includes(desk) || key !== undefined;
  const told = isToldAll ? uploads : uploads.filter(({ asset }) => asset?.release.state === 'released');
  return { uploads: told, hiddenCount: uploads.length - told.length };
}
