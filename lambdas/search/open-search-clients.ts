import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { openTable } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { NearDuplicates } from '../clients/near-duplicates.ts';
import { currentClients } from '../embedding/current-clients.ts';
import { Versions } from '../embedding/versions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { cachedEndpoint, withoutCase, withSingleSpaces } from './cached-endpoint.ts';
import { LoadedVocabulary } from './query/loaded-vocabulary.ts';
import { queryReader } from './query/read-query.ts';
import { loadedRelatedWords } from './related-words.ts';
import type { SearchClients } from './search-archive.ts';

/** @returns what gives the clients of the embedding version that is current, as this function's environment names them */
export function openSearchClients(): () => Promise<SearchClients> {
  const environment = readEnvironment([
    'vectorIndexEndpoint',
    'embedVersions',
    'entitiesEndpoint',
    'rerankEndpoint',
    'derivedBucket',
    'ledgerTable',
    'newsroomTimeZone',
    'relatedWordsPath',
  ]);
  // One attempt each: a retry would come after the deadline.
  const sageMaker = new SageMakerRuntimeClient({ maxAttempts: 1 });
  const endpoint = (endpointName: string) => new ModelEndpoint({ client: sageMaker, endpointName });
  const derived = new MediaBucket({
    client: new S3Client({ forcePathStyle: true }),
    bucketName: environment.derivedBucket,
  });
  const nearDuplicates = NearDuplicates.open(environment.ledgerTable);
  const versions = new Versions({
    deployed: environment.embedVersions,
    table: openTable(environment.ledgerTable),
    vectorIndexEndpoint: environment.vectorIndexEndpoint,
    sageMaker,
  });
  const vocabulary = new LoadedVocabulary({ bucket: derived, index: currentClients(versions, ({ index }) => index) });
  const relatedWords = loadedRelatedWords(environment.relatedWordsPath);
  const common: Omit<SearchClients, 'index' | 'embed'> = {
    read: queryReader({
      vocabulary: (signal) => vocabulary.current(signal),
      zone: environment.newsroomTimeZone,
      knownNames: relatedWords,
    }),
    entities: cachedEndpoint(endpoint(environment.entitiesEndpoint), withSingleSpaces),
    rerank: endpoint(environment.rerankEndpoint),
    relatedWords,
    placesOf: (assetIds) => nearDuplicates.getMemberships(assetIds),
    presignGet: (key, seconds) => derived.presignGet(key, seconds),
  };
  return currentClients(versions, ({ index, embed }) => ({
    ...common,
    index,
    embed: cachedEndpoint(embed, withoutCase),
  }));
}
