import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MediaBucket } from '../clients/media-bucket.ts';
import { VectorIndex } from '../clients/vector-index.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { type RefreshReport, refreshVocabulary } from './query/refresh-vocabulary.ts';

/** Left to write what was counted. */
const reservedMilliseconds = 60_000;

const telemetry = telemetryFor('search');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'vectorIndexEndpoint', 'vectorIndexName']);
  return {
    derived: new MediaBucket({
      client: new S3Client({ forcePathStyle: true }),
      bucketName: environment.derivedBucket,
    }),
    index: new VectorIndex({ endpoint: environment.vectorIndexEndpoint, indexName: environment.vectorIndexName }),
  };
}

/** Counts the names and words that the archive holds, for search to know them. */
export const handler = async (_event: unknown, context: Context): Promise<RefreshReport> => {
  wired ??= wire();
  const report = await refreshVocabulary(wired, {
    now: () => new Date(),
    hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
  });
  telemetry.logger.info('counted', { report });
  return report;
};
