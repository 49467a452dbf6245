import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { shotsModelSchema } from '../contracts/models.ts';
import { workflowInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { recordProgress } from '../runtime/step-progress.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { detectShots } from './detect-shots.ts';

/** Kept free for keyframes, uploads and the ledger when the decoder uses up its time. */
const reservedSeconds = 30;

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment([
    'originalsBucket',
    'derivedBucket',
    'ledgerTable',
    'shotsEndpoint',
    'shotsModel',
    'ffmpegPath',
    'ffprobePath',
  ]);
  const s3 = new S3Client({ forcePathStyle: true });
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    originals: new MediaBucket({ client: s3, bucketName: environment.originalsBucket }),
    derived: new MediaBucket({ client: s3, bucketName: environment.derivedBucket }),
    endpoint: new ModelEndpoint({
      client: new SageMakerRuntimeClient({}),
      endpointName: environment.shotsEndpoint,
    }),
    model: shotsModelSchema.parse(JSON.parse(environment.shotsModel)),
    tools: { ffmpegPath: environment.ffmpegPath, ffprobePath: environment.ffprobePath },
  };
}

export const handler = stepHandler(telemetry, workflowInputSchema, async (input, context) => {
  wired ??= wire();
  const { ledger, ...dependencies } = wired;
  const timeoutSeconds = Math.max(1, context.getRemainingTimeInMillis() / 1000 - reservedSeconds);
  return recordProgress(ledger, input, 'shots', async () => {
    const result = await detectShots(input, { ...dependencies, timeoutSeconds });
    count(telemetry, 'shotsFound', result.shotCount);
    count(telemetry, 'framesAnalysed', result.frameCount);
    return { result, detail: `${result.shotCount} ${result.shotCount === 1 ? 'shot' : 'shots'}` };
  });
});
