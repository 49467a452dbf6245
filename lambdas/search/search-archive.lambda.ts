import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { VectorIndex } from '../clients/vector-index.ts';
import { searchQuerySchema, searchResponseSchema } from '../contracts/api.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { RetryableError } from '../runtime/errors.ts';
import { jsonAnswer, Problem, parseRequest, problemAnswer } from '../runtime/problems.ts';
import { count, milliseconds, telemetryFor } from '../runtime/telemetry.ts';
import { searchArchive } from './search-archive.ts';

/** Shorter than the API's 29 seconds, so that a silent index becomes an answer that says so. */
const indexLimitMilliseconds = 8000;

const telemetry = telemetryFor('search');
const environment = readEnvironment([
  'vectorIndexEndpoint',
  'vectorIndexName',
  'embedEndpoint',
  'entitiesEndpoint',
  'rerankEndpoint',
  'derivedBucket',
]);
// A query that waits for a second try has already waited too long.
const sageMaker = new SageMakerRuntimeClient({ maxAttempts: 1 });
const endpoint = (endpointName: string) => new ModelEndpoint({ client: sageMaker, endpointName });
const parts = {
  index: new VectorIndex({
    endpoint: environment.vectorIndexEndpoint,
    indexName: environment.vectorIndexName,
    requestTimeoutMilliseconds: indexLimitMilliseconds,
  }),
  embed: endpoint(environment.embedEndpoint),
  entities: endpoint(environment.entitiesEndpoint),
  rerank: endpoint(environment.rerankEndpoint),
  derived: new MediaBucket({ client: new S3Client({ forcePathStyle: true }), bucketName: environment.derivedBucket }),
};

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const started = performance.now();
  try {
    const query = parseRequest(searchQuerySchema, event.queryStringParameters ?? {});
    const answer = searchResponseSchema.parse(await searchArchive(query, parts, new Date()));
    if (answer.degraded.length > 0) count(telemetry, 'searchDegraded');
    telemetry.logger.info('searched', {
      queryLength: query.q.length,
      total: answer.total,
      degraded: answer.degraded,
      tookMilliseconds: answer.tookMilliseconds,
    });
    return jsonAnswer(200, answer);
  } catch (error) {
    if (!(error instanceof Problem)) {
      count(telemetry, 'searchErrors');
      telemetry.logger.error('search failed', error as Error);
    }
    return problemAnswer(
      error instanceof RetryableError
        ? new Problem(503, error.name, 'The search index does not answer. Try again in a moment.')
        : error,
    );
  } finally {
    milliseconds(telemetry, 'searchLatency', performance.now() - started);
    telemetry.metrics.publishStoredMetrics();
  }
}
