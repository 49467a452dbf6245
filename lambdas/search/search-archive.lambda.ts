import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { VectorIndex } from '../clients/vector-index.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { errorName } from '../runtime/errors.ts';
import { jsonAnswer, Problem, problemAnswer } from '../runtime/problems.ts';
import { count, milliseconds, telemetryFor } from '../runtime/telemetry.ts';
import { cachedEndpoint, withoutCase, withSingleSpaces } from './cached-endpoint.ts';
import { parseQuery } from './parse-query.ts';
import { LoadedVocabulary } from './query/loaded-vocabulary.ts';
import { queryReader } from './query/read-query.ts';
import { type SearchClients, searchArchive } from './search-archive.ts';

const telemetry = telemetryFor('search');
let wired: SearchClients | undefined;
function wire(): SearchClients {
  const environment = readEnvironment([
    'vectorIndexEndpoint',
    'vectorIndexName',
    'embedEndpoint',
    'entitiesEndpoint',
    'rerankEndpoint',
    'derivedBucket',
    'newsroomTimeZone',
  ]);
  // One attempt each: a retry would come after the deadline.
  const sageMaker = new SageMakerRuntimeClient({ maxAttempts: 1 });
  const endpoint = (endpointName: string) => new ModelEndpoint({ client: sageMaker, endpointName });
  const derived = new MediaBucket({
    client: new S3Client({ forcePathStyle: true }),
    bucketName: environment.derivedBucket,
  });
  const vocabulary = new LoadedVocabulary(derived);
  return {
    index: new VectorIndex({
      endpoint: environment.vectorIndexEndpoint,
      indexName: environment.vectorIndexName,
    }),
    read: queryReader({
      vocabulary: (signal) => vocabulary.current(signal),
      zone: environment.newsroomTimeZone,
    }),
    embed: cachedEndpoint(endpoint(environment.embedEndpoint), withoutCase),
    entities: cachedEndpoint(endpoint(environment.entitiesEndpoint), withSingleSpaces),
    rerank: endpoint(environment.rerankEndpoint),
    presignGet: (key, seconds) => derived.presignGet(key, seconds),
  };
}

/** GET /search. Who asks has been settled by the API's authoriser. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  try {
    wired ??= wire();
    const response = await searchArchive(wired, parseQuery(event.queryStringParameters), new Date());
    milliseconds(telemetry, 'searchLatency', response.tookMilliseconds['total'] ?? 0);
    if (response.degraded.length > 0) {
      count(telemetry, 'searchDegraded');
      telemetry.logger.warn('degraded', { degraded: response.degraded });
    }
    telemetry.logger.info('answered', { total: response.total, took: response.tookMilliseconds });
    return jsonAnswer(200, response);
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(error);
    count(telemetry, 'searchErrors');
    telemetry.logger.error('not answered', error as Error);
    return problemAnswer(
      errorName(error) === 'SearchIndexUnavailableError'
        ? new Problem(503, 'SearchUnavailable', 'The search index does not answer at the moment. Try again shortly.')
        : error,
    );
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};
