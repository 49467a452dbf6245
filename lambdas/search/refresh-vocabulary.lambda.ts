import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Context } from 'aws-lambda';
import { openTable } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { currentClients } from '../embedding/current-clients.ts';
import { Versions } from '../embedding/versions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { type RefreshReport, refreshVocabulary } from './query/refresh-vocabulary.ts';

/** Left to write what was counted. */
const reservedMilliseconds = 60_000;

const telemetry = telemetryFor('search');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable', 'vectorIndexEndpoint', 'embedVersions']);
  const derived = new MediaBucket({
    client: new S3Client({ forcePathStyle: true }),
    bucketName: environment.derivedBucket,
  });
  const versions = new Versions({
    deployed: environment.embedVersions,
    table: openTable(environment.ledgerTable),
    vectorIndexEndpoint: environment.vectorIndexEndpoint,
    sageMaker: new SageMakerRuntimeClient({}),
  });
  return currentClients(versions, ({ index }) => ({ derived, index }));
}

/** Counts the names and words that the archive holds, for search to know them. */
export const handler = async (_event: unknown, context: Context): Promise<RefreshReport> => {
  wired ??= wire();
  const report = await refreshVocabulary(await wired(), {
    now: () => new Date(),
    hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
  });
  telemetry.logger.info('counted', { report });
  return report;
};
