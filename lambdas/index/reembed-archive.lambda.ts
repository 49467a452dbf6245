import { setTimeout as wait } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Context } from 'aws-lambda';
import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { Versions } from '../embedding/versions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { type FillReport, fillVersions } from './fill-versions.ts';

/** Left to end the page at hand: 500 documents whose vectors are made anew. */
const reservedMilliseconds = 120_000;

const telemetry = telemetryFor('index');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable', 'vectorIndexEndpoint', 'embedVersions']);
  const table = openTable(environment.ledgerTable);
  const versions = new Versions({
    ...{ deployed: environment.embedVersions, table, vectorIndexEndpoint: environment.vectorIndexEndpoint },
    sageMaker: new SageMakerRuntimeClient({}),
  });
  return {
    ledger: new AssetLedger(table),
    derived: new MediaBucket({
      client: new S3Client({ forcePathStyle: true }),
      bucketName: environment.derivedBucket,
    }),
    clock: { now: () => new Date(), wait: (duration: number) => wait(duration) },
    states: versions.states,
    versionsOf: versions.active.bind(versions),
  };
}

/** Fills the index of the embedding version that is not current. */
export const handler = async (_event: unknown, context: Context): Promise<FillReport> => {
  wired ??= wire();
  try {
    const leaseSeconds = () => Math.ceil(context.getRemainingTimeInMillis() / 1000);
    const report = await fillVersions(
      { ...wired, leaseSeconds },
      {
        hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
        onFailure: (assetId, error) => telemetry.logger.error('not re-embedded', { assetId, error: error as Error }),
      },
    );
    if (report.coverage !== undefined) count(telemetry, 'embeddingCoverage', 100 * report.coverage);
    telemetry.logger.info('filled', { report });
    return report;
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};
