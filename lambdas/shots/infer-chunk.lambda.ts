import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { AsynchronousEndpoint } from '../clients/asynchronous-endpoint.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { WaitingTasks } from '../clients/workflow.ts';
import { inferChunkInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { inferChunk } from './infer-chunk.ts';

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable', 'shotsEndpoint', 'inferenceSeconds']);
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    derived: new MediaBucket({ client: new S3Client({ forcePathStyle: true }), bucketName: environment.derivedBucket }),
    endpoint: new AsynchronousEndpoint({
      client: new SageMakerRuntimeClient({}),
      endpointName: environment.shotsEndpoint,
    }),
    tasks: new WaitingTasks(),
    inferenceSeconds: Number(environment.inferenceSeconds),
  };
}

/** Returns as soon as the chunk is on its way; the task itself ends when the answer comes. */
export const handler = stepHandler(telemetry, inferChunkInputSchema, async (input) => {
  wired ??= wire();
  const { chunk } = input;
  return { chunk, sending: await inferChunk(input, wired) };
});
