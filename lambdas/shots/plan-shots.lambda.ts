import { S3Client } from '@aws-sdk/client-s3';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { shotsModelSchema } from '../contracts/models.ts';
import { planShotsInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { planShots } from './plan-shots.ts';

/** Kept free for the plan and the ledger when reading the video uses up its time. */
const reservedSeconds = 15;

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment([
    'originalsBucket',
    'derivedBucket',
    'ledgerTable',
    'shotsModel',
    'framesPerChunk',
    'ffmpegPath',
    'ffprobePath',
  ]);
  const client = new S3Client({ forcePathStyle: true });
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    originals: new MediaBucket({ client, bucketName: environment.originalsBucket }),
    derived: new MediaBucket({ client, bucketName: environment.derivedBucket }),
    model: shotsModelSchema.parse(JSON.parse(environment.shotsModel)),
    tools: { ffmpegPath: environment.ffmpegPath, ffprobePath: environment.ffprobePath },
    framesPerChunk: Number(environment.framesPerChunk),
  };
}

/** The first task of the shots step. */
export const handler = stepHandler(telemetry, planShotsInputSchema, async (input, context) => {
  wired ??= wire();
  const timeoutSeconds = Math.max(1, context.getRemainingTimeInMillis() / 1000 - reservedSeconds);
  return planShots(input, { ...wired, timeoutSeconds });
});
