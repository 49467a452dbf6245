import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HeadObjectCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { modelArchiveKey } from '../../lambdas/contracts/keys.ts';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
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

/**
 * TF Serving's container takes a SavedModel, which is built by a flag of its own because it needs TensorFlow; the ONNX
 * archive beside it is what a machine without that container serves.
 */
const archiveFile = (directory: string, model: ArchiveOf): string =>
  path.join(directory, model.name, model.version, ...(model.isSavedModel ? ['tensorflow'] : []), 'model.tar.gz');

export type ArchiveOf = Pick<ModelPackage, 'name' | 'version'> & { isSavedModel?: boolean };

/**
 * Puts each model's archive where the models stack names it; what is there with the same checksum is left alone.
 * @param directory holds `<name>/<version>/model.tar.gz`, as `npm run package-models` leaves them.
 * @throws OperatorError naming every archive that is missing, before anything is uploaded.
 */
export async function publishModels(
  s3: S3Client,
  bucket: string,
  directory: string,
  models: readonly ArchiveOf[],
): Promise<PublishedModel[]> {
  const archives = models.map((model) => ({ ...model, file: archiveFile(directory, model) }));
  const missing = archives.filter(({ file }) => !existsSync(file)).map(({ file }) => file);
  if (missing.length > 0)
    throw new OperatorError(`these archives are missing; run \`npm run package-models\`: ${missing.join(', ')}`);
  const published: PublishedModel[] = [];
  for (const { name, version, file } of archives) {
    const target = { Bucket: bucket, Key: modelArchiveKey({ name, version }) };
    const sha256 = await sha256OfFile(file);
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
