import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { S3Object } from '../contracts/assets.ts';

/** A single PUT's limit in S3, and what the page lets anybody upload. */
const maxVideoBytes = 5 * 1024 ** 3;

/** Runs work on the original in a folder of its own, which is gone when the work ends. */
export async function withOriginal<Result>(
  originals: Pick<MediaBucket, 'download'>,
  original: S3Object,
  work: (paths: { folder: string; inputPath: string }) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'wirescope-shots-'));
  try {
    const inputPath = join(folder, 'original');
    await originals.download(original, inputPath, { maxBytes: maxVideoBytes });
    return await work({ folder, inputPath });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
