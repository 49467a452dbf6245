import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { parse } from 'csv-parse';
import { z } from 'zod';
import type { VersionPlace } from '../../lambdas/clients/object-versions.ts';
import { type BackfillInput, inventoryPrefix, keyOfInventory } from '../../lambdas/contracts/backfill.ts';
import { backfillPrefix } from '../../lambdas/contracts/keys.ts';
import { OperatorError } from './deployed.ts';

/** One object that a backfill would look at. */
export interface SourceObject {
  key: string;
  bytes: number;
  /** Absent where the inventory does not say. */
  versionId?: string | undefined;
}

export interface SourceBuckets {
  s3: S3Client;
  originals: string;
  derived: string;
}

/** Reads what the operator asks for. @throws OperatorError where it is nothing that can be backfilled. */
export function sourceOf({ prefix, inventory }: { prefix?: string; inventory?: string }): BackfillInput {
  if ((prefix === undefined) === (inventory === undefined))
    throw new OperatorError('say what lies there: either --prefix PREFIX or --inventory KEY.');
  if (prefix !== undefined) {
    if (!prefix.startsWith(backfillPrefix))
      throw new OperatorError(
        `a backfill's originals lie below ${backfillPrefix}DESK/ of the originals bucket, not ${prefix}.`,
      );
    return { prefix };
  }
  const key = inventory ?? '';
  if (!key.startsWith(inventoryPrefix) || !key.endsWith('/manifest.json'))
    throw new OperatorError(
      `an inventory is named by its manifest: ${inventoryPrefix}.../manifest.json of the derived bucket.`,
    );
  return { inventory: { key } };
}

/** Every object of the source, page after page. @throws OperatorError where an inventory cannot be read. */
export const objectsOf = (buckets: SourceBuckets, source: BackfillInput): AsyncGenerator<SourceObject[]> =>
  'prefix' in source ? listed(buckets, source.prefix) : inventoried(buckets, source.inventory.key);

async function* listed({ s3, originals }: SourceBuckets, Prefix: string): AsyncGenerator<SourceObject[]> {
  let place: VersionPlace | undefined = {};
  while (place !== undefined) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: originals, Prefix, ...place }),
    );
    yield (page.Versions ?? [])
      .filter(({ IsLatest, Key = '/' }) => IsLatest === true && !Key.endsWith('/'))
      .map(({ Key = '', Size = 0, VersionId }) => ({ key: Key, bytes: Size, versionId: VersionId }));
    place =
      page.IsTruncated === true
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html */
const manifestSchema = z.object({
  sourceBucket: z.string(),
  fileFormat: z.string(),
  fileSchema: z.string(),
  files: z.array(z.object({ key: z.string() })),
});
const rowsPerPage = 1000;

async function* inventoried(buckets: SourceBuckets, manifestKey: string): AsyncGenerator<SourceObject[]> {
  const manifest = manifestSchema.safeParse(await readJson(buckets, manifestKey));
  if (!manifest.success) throw new OperatorError(`${manifestKey} is no manifest of S3 Inventory.`);
  const { fileFormat, fileSchema, files, sourceBucket } = manifest.data;
  if (fileFormat !== 'CSV')
    throw new OperatorError(`${manifestKey} lists ${fileFormat} files: an inventory in CSV is read.`);
  if (sourceBucket !== buckets.originals)
    throw new OperatorError(
      `${manifestKey} is of the bucket ${sourceBucket}: one of ${buckets.originals} is asked for.`,
    );
  const columns = fileSchema.split(',').map((name) => name.trim());
  for (const { key } of files) yield* inventoryFile(buckets, key, columns);
}

async function* inventoryFile(
  { s3, derived }: SourceBuckets,
  Key: string,
  columns: readonly string[],
): AsyncGenerator<SourceObject[]> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: derived, Key })).catch((error: Error) => {
    throw new OperatorError(`${Key} cannot be read: ${error.message}`, { cause: error });
  });
  const rows = (Body as Readable).pipe(createGunzip()).pipe(parse({ columns: [...columns], relax_column_count: true }));
  let page: SourceObject[] = [];
  for await (const row of rows as AsyncIterable<Record<string, string>>) {
    const isGone = row['IsLatest'] === 'false' || row['IsDeleteMarker'] === 'true';
    const key = keyOfInventory(row['Key'] ?? '');
    if (isGone || key === '' || key.endsWith('/')) continue;
    page.push({ key, bytes: Number(row['Size'] ?? 0), versionId: row['VersionId'] || undefined });
    if (page.length < rowsPerPage) continue;
    yield page;
    page = [];
  }
  yield page;
}

async function readJson({ s3, derived }: SourceBuckets, Key: string): Promise<unknown> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: derived, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  } catch (error) {
    throw new OperatorError(`${Key} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
