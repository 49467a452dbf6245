import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { enrichInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { recordProgress } from '../runtime/step-progress.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { enrichDescriptions } from './enrich-descriptions.ts';

const telemetry = telemetryFor('enrich');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable', 'embedEndpoint', 'entitiesEndpoint']);
  const client = new SageMakerRuntimeClient({});
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    derived: new MediaBucket({
      client: new S3Client({ forcePathStyle: true }),
      bucketName: environment.derivedBucket,
    }),
    embed: new ModelEndpoint({ client, endpointName: environment.embedEndpoint }),
    entities: new ModelEndpoint({ client, endpointName: environment.entitiesEndpoint }),
  };
}

export const handler = stepHandler(telemetry, enrichInputSchema, async (input) => {
  wired ??= wire();
  const { ledger, ...dependencies } = wired;
  return recordProgress(ledger, input, 'enrich', () => enrichDescriptions(input, dependencies));
});
