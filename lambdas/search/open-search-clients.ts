import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { NearDuplicates } from '../clients/near-duplicates.ts';
import { VectorIndex } from '../clients/vector-index.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { cachedEndpoint, withoutCase, withSingleSpaces } from './cached-endpoint.ts';
import { LoadedVocabulary } from './query/loaded-vocabulary.ts';
import { queryReader } from './query/read-query.ts';
import type { SearchClients } from './search-archive.ts';

/** What a search reaches, as this function's environment names it. */
export function openSearchClients(): SearchClients {
  const environment = readEnvironment([
    'vectorIndexEndpoint',
    'vectorIndexName',
    'embedEndpoint',
    'entitiesEndpoint',
    'rerankEndpoint',
    'derivedBucket',
    'ledgerTable',
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
  const nearDuplicates = NearDuplicates.open(environment.ledgerTable);
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
    placesOf: (assetIds) => nearDuplicates.getMemberships(assetIds),
    presignGet: (key, seconds) => derived.presignGet(key, seconds),
  };
}
