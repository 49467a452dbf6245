import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { EveryIndex } from '../clients/every-index.ts';
import { Executions } from '../clients/executions.ts';
import { FailureQueue } from '../clients/failure-queue.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { NearDuplicates } from '../clients/near-duplicates.ts';
import { ObjectVersions } from '../clients/object-versions.ts';
import { ReceiptKey } from '../clients/receipt-key.ts';
import { Withdrawals } from '../clients/withdrawals.ts';
import { type WithdrawalAnswer, withdrawalRequestSchema } from '../contracts/withdrawal.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { type AnsweringClients, answerRequest } from './withdraw/answer-request.ts';
import { storesOf } from './withdraw/stores.ts';

const telemetry = telemetryFor('operate');
let wired: AnsweringClients | undefined;
function wire(): AnsweringClients {
  const environment = readEnvironment([
    'environment',
    'ledgerTable',
    'originalsBucket',
    'derivedBucket',
    'vectorIndexEndpoint',
    'embedVersions',
    'stateMachineArn',
    'failureQueueUrl',
    'receiptKeyArn',
  ]);
  const client = new S3Client({ forcePathStyle: true });
  const originals = new ObjectVersions({ client, bucketName: environment.originalsBucket });
  const derivedBucket = new MediaBucket({ client, bucketName: environment.derivedBucket });
  const withdrawals = Withdrawals.open(environment.ledgerTable);
  const nearDuplicates = NearDuplicates.open(environment.ledgerTable);
  return {
    environmentName: environment.environment,
    ledger: AssetLedger.open(environment.ledgerTable),
    withdrawals,
    executions: new Executions({ stateMachineArn: environment.stateMachineArn }),
    originals,
    nearDuplicates,
    stores: storesOf({
      withdrawals,
      originals,
      derived: new ObjectVersions({ client, bucketName: environment.derivedBucket }),
      derivedBucket,
      index: EveryIndex.open(environment.vectorIndexEndpoint, environment.embedVersions),
      failureQueue: new FailureQueue({ queueUrl: environment.failureQueueUrl }),
      nearDuplicates,
    }),
    receipts: derivedBucket,
    receiptKey: new ReceiptKey({ keyId: environment.receiptKeyArn }),
    clock: { now: () => new Date(), wait: (milliseconds: number) => delay(milliseconds) },
  };
}

/** Withdraws an asset, in steps that the command line asks for one after the other. */
export const handler = async (event: unknown): Promise<WithdrawalAnswer> => {
  const request = withdrawalRequestSchema.parse(event);
  telemetry.logger.resetKeys();
  telemetry.logger.appendKeys(request);
  wired ??= wire();
  try {
    const answer = await answerRequest(wired, request);
    if (request.action !== 'clear-returns' || (answer.state === 'cleared' && answer.objects > 0))
      telemetry.logger.info('answered', { state: answer.state });
    if (request.action === 'prove' && answer.state === 'proved') count(telemetry, 'assetsWithdrawn');
    return answer;
  } finally {
    if (telemetry.metrics.hasStoredMetrics()) telemetry.metrics.publishStoredMetrics();
  }
};
