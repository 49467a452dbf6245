import { S3Client } from '@aws-sdk/client-s3';
import { AssetLedger, AssetMissingError } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { describeInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { recordProgress } from '../runtime/step-progress.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { describeAsset } from './describe-asset.ts';
import { openNearDuplicateLooks } from './likeness/open-near-duplicate-looks.ts';
import { openPictureCaptions } from './open-picture-captions.ts';

const telemetry = telemetryFor('describe');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['originalsBucket', 'derivedBucket', 'ledgerTable', 'captions']);
  const s3 = new S3Client({ forcePathStyle: true });
  const ledger = AssetLedger.open(environment.ledgerTable);
  const derived = new MediaBucket({ client: s3, bucketName: environment.derivedBucket });
  return {
    ledger,
    looksFor: openNearDuplicateLooks(environment.ledgerTable, { ledger, derived }, telemetry),
    originals: new MediaBucket({ client: s3, bucketName: environment.originalsBucket }),
    derived,
    captions: openPictureCaptions(environment, telemetry),
  };
}

export const handler = stepHandler(telemetry, describeInputSchema, async (input, context) => {
  wired ??= wire();
  const { ledger, looksFor, captions, ...dependencies } = wired;
  return recordProgress(ledger, input, 'describe', async () => {
    const asset = await ledger.getAsset(input.assetId);
    if (asset === undefined) throw new AssetMissingError(`the ledger has no asset ${input.assetId}`);
    const beside = await ledger.getSidecars(asset.original.bucket, asset.stem);
    const { result, detail, hold, warnings, captionsPaid, waiting } = await describeAsset(
      {
        input,
        fileName: asset.fileName,
        mediaType: asset.mediaType,
        arrivedAt: asset.createdAt,
        perceptualHash: asset.perceptualHash,
        sidecars: Object.fromEntries(beside.map(({ sidecar, object }) => [sidecar, object])),
      },
      {
        ...dependencies,
        nearDuplicates: looksFor(asset),
        captions: captions?.until(context),
        claimStoryVersion: (uri, version, assetId) => ledger.claimStoryVersion(uri, version, assetId),
        now: () => new Date(),
      },
    );
    for (const warning of warnings) telemetry.logger.warn('went without', { reason: warning });
    if (captionsPaid > 0) count(telemetry, 'captionsPaid', captionsPaid);
    if (input.kind !== 'story') await captions?.recordWaiting(input, waiting);
    return { result, detail, hold };
  });
});
