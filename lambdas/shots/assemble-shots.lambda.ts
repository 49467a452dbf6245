import { S3Client } from '@aws-sdk/client-s3';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { shotsModelSchema } from '../contracts/models.ts';
import { assembleShotsInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { assembleShots } from './assemble-shots.ts';
import { shotsInWords } from './plan-shots.ts';

/** Kept free for uploads and the ledger when the decoder uses up its time. */
const reservedSeconds = 30;

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment([
    'originalsBucket',
    'derivedBucket',
    'ledgerTable',
    'shotsModel',
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
  };
}

/** The last task of the shots step. */
export const handler = stepHandler(telemetry, assembleShotsInputSchema, async (input, context) => {
  wired ??= wire();
  const timeoutSeconds = Math.max(1, context.getRemainingTimeInMillis() / 1000 - reservedSeconds);
  const result = await assembleShots(input, { ...wired, timeoutSeconds });
  const detail = shotsInWords(result.shotCount);
  await wired.ledger.recordStep(input.assetId, input.attempt, 'shots', { status: 'done', detail });
  count(telemetry, 'shotsFound', result.shotCount);
  return result;
});
