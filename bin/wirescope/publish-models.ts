import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { HeadObjectCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { archiveKey } from '../../lib/config/model-archives.ts';
import { OperatorError } from './deployed.ts';

export interface PublishedModel {
  name: string;
  version: string;
  key: string;
  sha256: string;
  /** False where the bucket already held these very bytes. */
  isUploaded: boolean;
}

async function sha256OfFile(file: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(file), digest);
  return digest.digest('hex');
}

async function publishedSha256(s3: S3Client, target: { Bucket: string; Key: string }): Promise<string | undefined> {
  try {
    return (await s3.send(new HeadObjectCommand(target))).Metadata?.['sha256'];
  } catch (error) {
    if (error instanceof NotFound || (error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** One model's archive, as `npm run package-models` left it. */
export interface BuiltArchive {
  name: string;
  version: string;
  file: string;
}

/**
 * Puts each model's archive where the models stack names it, below its name, version and bytes: what an endpoint serves
 * is never overwritten. An archive that is there is left alone.
 * @throws OperatorError naming every archive that is missing, before anything is uploaded.
 */
export async function publishModels(
  s3: S3Client,
  bucket: string,
  archives: readonly BuiltArchive[],
): Promise<PublishedModel[]> {
  const missing = archives.filter(({ file }) => !existsSync(file)).map(({ file }) => file);
  if (missing.length > 0)
    throw new OperatorError(`these archives are missing; run \`npm run package-models\`: ${missing.join(', ')}`);
  const published: PublishedModel[] = [];
  for (const { name, version, file } of archives) {
    const sha256 = await sha256OfFile(file);
    const target = { Bucket: bucket, Key: archiveKey({ name, version }, sha256) };
    const isUploaded = (await publishedSha256(s3, target)) !== sha256;
    if (isUploaded)
      await new Upload({
        client: s3,
        params: { ...target, Body: createReadStream(file), Metadata: { sha256 } },
      }).done();
    published.push({ name, version, key: target.Key, sha256, isUploaded });
  }
  return published;
}
