import type { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import type { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { assetIdSchema } from '../../lambdas/contracts/assets.ts';
import { parseIncomingKey, uploadId } from '../../lambdas/contracts/keys.ts';
import { OperatorError } from './deployed.ts';

export interface NamingClients {
  ledger: Pick<AssetLedger, 'getUpload'>;
  originals: Pick<MediaBucket, 'head' | 'bucketName'>;
}

/**
 * The id of the asset that an operator names: by the id itself, or by the key of an original that lies in the bucket,
 * with or without `s3://BUCKET/` before it.
 * @param clients asked for where a key is named.
 * @throws OperatorError where the name leads to no asset.
 */
export async function assetIdOf(name: string, clients: () => NamingClients): Promise<string> {
  if (assetIdSchema.safeParse(name).success) return name;
  const key = name.replace(/^s3:\/\/[^/]+\//, '');
  if (parseIncomingKey(key) === undefined)
    throw new OperatorError(
      `${name} is no asset id: it has 64 digits from 0 to f, as \`sha256sum\` says of the file. Nor is it the key of an original, below incoming/ or backfill/.`,
    );
  const { ledger, originals } = clients();
  const bucket = originals.bucketName;
  const facts = await originals.head({ bucket, key });
  if (facts === undefined)
    throw new OperatorError(
      `no original lies at ${key}: name the asset by its id, which \`sha256sum\` says of the file.`,
    );
  const upload = await ledger.getUpload(uploadId({ bucket, key, versionId: facts.versionId }));
  if (upload?.assetId !== undefined) return upload.assetId;
  throw new OperatorError(
    upload === undefined
      ? `${key} has not been admitted yet.`
      : `${key} became no asset (${upload.outcome}): ${upload.reason}`,
  );
}
