import { S3Client } from '@aws-sdk/client-s3';
import { ArrivalQueue } from '../clients/arrival-queue.ts';
import { LedgerRows } from '../clients/ledger-rows.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { type BackfillReport, backfillBatchSchema } from '../contracts/backfill.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { errorName } from '../runtime/errors.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { type FeedClients, feedBackfill } from './feed-backfill.ts';

const telemetry = telemetryFor('operate');
let wired: FeedClients | undefined;
function wire(): FeedClients {
  const environment = readEnvironment(['originalsBucket', 'ledgerTable', 'backfillQueueUrl', 'backfillQueueDepth']);
  const { originalsBucket } = environment;
  return {
    originals: new MediaBucket({ client: new S3Client({ forcePathStyle: true }), bucketName: originalsBucket }),
    originalsBucket,
    rows: LedgerRows.open(environment.ledgerTable),
    queue: new ArrivalQueue({ queueUrl: environment.backfillQueueUrl }),
    deepest: Number(environment.backfillQueueDepth),
    now: () => new Date(),
  };
}

/** Called by the backfill's state machine with one batch of what it lists. */
export const handler = async (event: unknown): Promise<BackfillReport> => {
  wired ??= wire();
  try {
    const report = await feedBackfill(wired, backfillBatchSchema.parse(event));
    telemetry.logger.info('fed', { ...report });
    return report;
  } catch (error) {
    telemetry.logger.warn('not fed', { name: errorName(error) });
    throw error;
  }
};
