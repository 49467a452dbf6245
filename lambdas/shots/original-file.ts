import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteRange, MediaBucket } from '../clients/media-bucket.ts';
import type { S3Object } from '../contracts/assets.ts';

/** A single PUT's limit in S3, and what the page lets anybody upload. */
const maxVideoBytes = 5 * 1024 ** 3;

/** Runs work in a folder of its own, which is gone when the work ends. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'wirescope-shots-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fetches the whole original into a folder. @returns its path and size. */
export async function fetchOriginal(
  originals: Pick<MediaBucket, 'download'>,
  original: S3Object,
  folder: string,
): Promise<{ inputPath: string; bytes: number }> {
  const inputPath = join(folder, 'original');
  return { inputPath, bytes: await originals.download(original, inputPath, { maxBytes: maxVideoBytes }) };
}

/** Fetches parts of the original to their places in a file of the original's size; between them are zeros. */
export async function fetchParts(
  originals: Pick<MediaBucket, 'downloadRanges'>,
  original: S3Object,
  folder: string,
  { bytes, ranges }: { bytes: number; ranges: readonly ByteRange[] },
): Promise<string> {
  const inputPath = join(folder, 'original-parts');
  await originals.downloadRanges(original, inputPath, { bytes, ranges });
  return inputPath;
}
