import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { Withdrawals } from '../clients/withdrawals.ts';
import { Workflow } from '../clients/workflow.ts';
import type { UploadRecord } from '../contracts/ledger.ts';
import type { metricNames } from '../contracts/metrics.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, followAsset, telemetryFor } from '../runtime/telemetry.ts';
import { admitMessage } from './admit-message.ts';
import { type AdmitClients, UploadSetAsideError } from './admit-upload.ts';

const telemetry = telemetryFor('admit');
const environment = readEnvironment(['originalsBucket', 'ledgerTable', 'stateMachineArn', 'backfillExecutions']);
const clients: AdmitClients = {
  originals: new MediaBucket({
    client: new S3Client({ forcePathStyle: true }),
    bucketName: environment.originalsBucket,
  }),
  ledger: AssetLedger.open(environment.ledgerTable),
  withdrawals: Withdrawals.open(environment.ledgerTable),
  workflow: new Workflow({ stateMachineArn: environment.stateMachineArn }),
};

const outcomeMetrics: Partial<Record<UploadRecord['outcome'], keyof typeof metricNames>> = {
  admitted: 'assetsAdmitted',
  duplicate: 'duplicatesFound',
  refused: 'uploadsRefused',
};

async function admitRecord({ messageId, body, attributes }: SQSRecord, context: Context): Promise<void> {
  telemetry.logger.resetKeys();
  telemetry.logger.appendKeys({ messageId });
  try {
    const message = { messageId, body, reception: Number(attributes.ApproximateReceiveCount) };
    const { upload, isFirst } = await admitMessage(clients, message, {
      executions: Number(environment.backfillExecutions),
      remainingMilliseconds: context.getRemainingTimeInMillis(),
    });
    if (upload.assetId !== undefined) followAsset(telemetry, upload.assetId);
    telemetry.logger.info('upload', { ...upload, isFirst });
    const metric = outcomeMetrics[upload.outcome];
    if (isFirst && metric !== undefined) count(telemetry, metric);
  } catch (error) {
    telemetry.logger.error('not admitted; the queue delivers it again', error as Error);
    if (error instanceof UploadSetAsideError) count(telemetry, 'setAside');
    throw error;
  }
}

/** One at a time, so that a log line carries its own asset's id and one photo at most lies in memory. */
const processor = new BatchProcessor(EventType.SQS);

/** S3 events from the queue; answers per record, so that one bad message holds up no other. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  try {
    return await processPartialResponse(event, admitRecord, processor, {
      context,
      processInParallel: false,
      throwOnFullBatchFailure: false,
    });
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};
