import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { S3Object } from '../contracts/assets.ts';
import { maxVideoBytes } from './chunk-original.ts';

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
