import { S3Client } from '@aws-sdk/client-s3';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { shotsModelSchema } from '../contracts/models.ts';
import { stitchShotsInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { stitchShots } from './stitch-shots.ts';

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable', 'shotsModel']);
  const client = new S3Client({ forcePathStyle: true });
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    derived: new MediaBucket({ client, bucketName: environment.derivedBucket }),
    model: shotsModelSchema.parse(JSON.parse(environment.shotsModel)),
  };
}

/** All chunks' answers become shots. */
export const handler = stepHandler(telemetry, stitchShotsInputSchema, async (input) => {
  wired ??= wire();
  return { shotCount: await stitchShots(input, wired) };
});
