import { S3Client } from '@aws-sdk/client-s3';
import type { SNSEvent } from 'aws-lambda';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { WaitingTasks } from '../clients/workflow.ts';
import { parseInferenceId } from '../contracts/keys.ts';
import { inferenceResultSchema } from '../contracts/models.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, followAsset, telemetryFor } from '../runtime/telemetry.ts';
import { returnInference } from './return-inference.ts';

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable']);
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    derived: new MediaBucket({ client: new S3Client({ forcePathStyle: true }), bucketName: environment.derivedBucket }),
    tasks: new WaitingTasks(),
  };
}

/** SageMaker's word that an inference has ended, handed on to the workflow that waits for it. */
export const handler = async (event: SNSEvent): Promise<void> => {
  wired ??= wire();
  try {
    for (const { Sns } of event.Records) {
      const result = inferenceResultSchema.parse(JSON.parse(Sns.Message));
      followAsset(telemetry, parseInferenceId(result.inferenceId)?.assetId ?? 'unknown');
      const returned = await returnInference(result, wired);
      const { inferenceId, invocationStatus, failureReason } = result;
      telemetry.logger.info('inference returned', { inferenceId, invocationStatus, failureReason, returned });
      if (returned === 'succeeded') count(telemetry, 'chunksInferred');
    }
  } catch (error) {
    telemetry.logger.error('failed', error as Error);
    throw error;
  } finally {
    if (telemetry.metrics.hasStoredMetrics()) telemetry.metrics.publishStoredMetrics();
  }
};
