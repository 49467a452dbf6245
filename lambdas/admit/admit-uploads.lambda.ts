import { setTimeout as delay } from 'node:timers/promises';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { Workflow } from '../clients/workflow.ts';
import { isBackfill } from '../contracts/keys.ts';
import type { UploadRecord } from '../contracts/ledger.ts';
import type { metricNames } from '../contracts/metrics.ts';
import { objectCreatedEventSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, followAsset, telemetryFor } from '../runtime/telemetry.ts';
import { type AdmitClients, admitUpload, UploadSetAsideError } from './admit-upload.ts';
import { BackfillYieldsError, type RoomOptions, waitForRoom } from './yield-to-live.ts';

const telemetry = telemetryFor('admit');
const environment = readEnvironment(['originalsBucket', 'ledgerTable', 'stateMachineArn', 'backfillExecutions']);
const clients: AdmitClients = {
  originals: new MediaBucket({
    client: new S3Client({ forcePathStyle: true }),
    bucketName: environment.originalsBucket,
  }),
  ledger: AssetLedger.open(environment.ledgerTable),
  workflow: new Workflow({ stateMachineArn: environment.stateMachineArn }),
};

const outcomeMetrics: Partial<Record<UploadRecord['outcome'], keyof typeof metricNames>> = {
  admitted: 'assetsAdmitted',
  duplicate: 'duplicatesFound',
  refused: 'uploadsRefused',
};

const backfillLimit = Number(environment.backfillExecutions);
/** Half of its time a function waits for room; the other half it has for the file. */
const room = (context: Context | undefined): RoomOptions => {
  const until = Date.now() + (context?.getRemainingTimeInMillis() ?? 0) / 2;
  return {
    countRunning: () => clients.workflow.countRunning(backfillLimit),
    limit: backfillLimit,
    hasTime: () => Date.now() < until,
    wait: (milliseconds) => delay(milliseconds),
  };
};

async function admitRecord(record: SQSRecord, context: Context | undefined): Promise<void> {
  telemetry.logger.resetKeys();
  telemetry.logger.appendKeys({ messageId: record.messageId });
  const delivery = { messageId: record.messageId, reception: Number(record.attributes.ApproximateReceiveCount) };
  try {
    const event = objectCreatedEventSchema.parse(JSON.parse(record.body));
    if (isBackfill(event.detail.object.key)) await waitForRoom(room(context));
    const { upload, isFirst } = await admitUpload(clients, event, delivery);
    if (upload.assetId !== undefined) followAsset(telemetry, upload.assetId);
    telemetry.logger.info('upload', { ...upload, isFirst });
    const metric = outcomeMetrics[upload.outcome];
    if (isFirst && metric !== undefined) count(telemetry, metric);
  } catch (error) {
    telemetry.logger.error('not admitted; the queue delivers it again', error as Error);
    if (error instanceof BackfillYieldsError) throw error;
    if (error instanceof UploadSetAsideError) count(telemetry, 'setAside');
    else await clients.ledger.answerDelivery(delivery);
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
