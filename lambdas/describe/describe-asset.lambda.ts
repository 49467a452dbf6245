import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssetLedger, AssetMissingError } from '../clients/asset-ledger.ts';
import { openCaptionProvider, readApiKey } from '../clients/caption-provider.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { parseCaptionProvider } from '../contracts/captions.ts';
import { environmentNames } from '../contracts/environment.ts';
import { describeInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { recordProgress } from '../runtime/step-progress.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { describeAsset } from './describe-asset.ts';

const telemetry = telemetryFor('describe');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['originalsBucket', 'derivedBucket', 'ledgerTable', 'captionProvider']);
  const secretArn = process.env[environmentNames.captionSecretArn];
  const s3 = new S3Client({ forcePathStyle: true });
  const settings = parseCaptionProvider(environment.captionProvider);
  const apiKey = async () =>
    secretArn === undefined ? undefined : await readApiKey(new SecretsManagerClient({}), secretArn);
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    originals: new MediaBucket({ client: s3, bucketName: environment.originalsBucket }),
    derived: new MediaBucket({ client: s3, bucketName: environment.derivedBucket }),
    captions: settings === undefined ? undefined : openCaptionProvider(settings, { apiKey }),
  };
}

export const handler = stepHandler(telemetry, describeInputSchema, async (input) => {
  wired ??= wire();
  const { ledger, ...dependencies } = wired;
  return recordProgress(ledger, input, 'describe', async () => {
    const asset = await ledger.getAsset(input.assetId);
    if (asset === undefined) throw new AssetMissingError(`the ledger has no asset ${input.assetId}`);
    const beside = await ledger.getSidecars(asset.original.bucket, asset.stem);
    const { result, detail, warnings, generatedCaptionCount } = await describeAsset(
      {
        input,
        fileName: asset.fileName,
        mediaType: asset.mediaType,
        arrivedAt: asset.createdAt,
        sidecars: Object.fromEntries(beside.map(({ sidecar, object }) => [sidecar, object])),
      },
      {
        ...dependencies,
        claimStoryVersion: (uri, version, assetId) => ledger.claimStoryVersion(uri, version, assetId),
        now: () => new Date(),
      },
    );
    for (const warning of warnings) telemetry.logger.warn('went without', { reason: warning });
    if (generatedCaptionCount > 0) count(telemetry, 'captionsGenerated', generatedCaptionCount);
    return { result, detail };
  });
});
