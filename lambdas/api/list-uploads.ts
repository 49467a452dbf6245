import type { z } from 'zod';
import type { AssetLedger } from '../clients/asset-ledger.ts';
import { type UploadStatus, uploadsQuerySchema, type uploadsResponseSchema } from '../contracts/api.ts';
import type { AssetRecord, UploadRecord } from '../contracts/ledger.ts';
import { progressOf } from '../contracts/progress.ts';
import { parseRequest } from '../runtime/problems.ts';

/** Without a day the list goes back this far, until it is full. */
const daysBack = 7;
const dayMilliseconds = 24 * 3600 * 1000;

/** An arrival and, where it belongs to an asset, how far that has come. */
export function uploadStatus(upload: UploadRecord, asset: AssetRecord | undefined): UploadStatus {
  const { uploadId, object, fileName, desk, arrivedAt, outcome, reason } = upload;
  return {
    uploadId,
    key: object.key,
    fileName,
    desk,
    arrivedAt,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(asset === undefined
      ? {}
      : {
          asset: {
            assetId: asset.assetId,
            kind: asset.kind,
            status: asset.status,
            attempt: asset.attempt,
            title: asset.title,
            reason: asset.reason,
            documentCount: asset.documentCount,
            steps: asset.steps,
            progress: progressOf(asset),
          },
        }),
  };
}

/** GET /uploads: a desk's arrivals, newest first. */
export async function listUploads(
  ledger: AssetLedger,
  query: unknown,
  now = new Date(),
): Promise<z.infer<typeof uploadsResponseSchema>> {
  const { desk, day, key, limit } = parseRequest(uploadsQuerySchema, query);
  const days =
    day === undefined
      ? Array.from({ length: daysBack }, (_, back) =>
          new Date(now.getTime() - back * dayMilliseconds).toISOString().slice(0, 10),
        )
      : [day];
  const uploads: UploadRecord[] = [];
  for (const each of days) {
    if (uploads.length >= limit) break;
    uploads.push(...(await ledger.listUploads({ desk, day: each, key, limit: limit - uploads.length })));
  }
  const assets = await ledger.getAssets(uploads.flatMap(({ assetId }) => (assetId === undefined ? [] : [assetId])));
  return { uploads: uploads.map((upload) => uploadStatus(upload, assets.get(upload.assetId ?? ''))) };
}
