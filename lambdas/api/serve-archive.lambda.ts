import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { CaptionBudget } from '../clients/captions/caption-budget.ts';
import { CaptionRecords } from '../clients/captions/caption-records.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { NearDuplicates } from '../clients/near-duplicates.ts';
import { Withdrawals } from '../clients/withdrawals.ts';
import { parseCaptionSettings } from '../contracts/captions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { Problem, problemAnswer } from '../runtime/problems.ts';
import { followAsset, telemetryFor } from '../runtime/telemetry.ts';
import { desksOf, editorOf } from './editor.ts';
import { type ApiClients, serve } from './routes.ts';
import { modelsInUseSchema } from './show-status.ts';

const telemetry = telemetryFor('api');
const environment = readEnvironment([
  'environment',
  'originalsBucket',
  'derivedBucket',
  'ledgerTable',
  'embedEndpoint',
  'entitiesEndpoint',
  'rerankEndpoint',
  'modelsInUse',
  'captions',
]);
const s3 = new S3Client({ forcePathStyle: true });
// A probe that is retried takes longer than a status page may.
const sageMaker = new SageMakerRuntimeClient({ maxAttempts: 1 });
const endpoint = (endpointName: string) => new ModelEndpoint({ client: sageMaker, endpointName });
const table = openTable(environment.ledgerTable);
const captionSettings = parseCaptionSettings(environment.captions);
const clients: ApiClients = {
  ledger: new AssetLedger(table),
  nearDuplicates: new NearDuplicates(table),
  withdrawals: new Withdrawals(table),
  captions: captionSettings && {
    settings: captionSettings,
    budget: new CaptionBudget(table),
    records: new CaptionRecords(table),
  },
  originals: new MediaBucket({ client: s3, bucketName: environment.originalsBucket }),
  derived: new MediaBucket({ client: s3, bucketName: environment.derivedBucket }),
  endpoints: {
    embed: endpoint(environment.embedEndpoint),
    entities: endpoint(environment.entitiesEndpoint),
    rerank: endpoint(environment.rerankEndpoint),
  },
  deployment: {
    environment: environment.environment,
    modelsInUse: modelsInUseSchema.parse(JSON.parse(environment.modelsInUse)),
  },
};

/** HTTP API, payload format 2.0. Who asks has been settled by the API's authoriser. */
export const handler = async (
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
): Promise<APIGatewayProxyStructuredResultV2> => {
  telemetry.logger.resetKeys();
  const assetId = event.pathParameters?.['assetId'];
  if (assetId !== undefined) followAsset(telemetry, assetId);
  try {
    const { claims } = event.requestContext.authorizer.jwt;
    return await serve(clients, { ...event, editor: editorOf(claims), desks: desksOf(claims) });
  } catch (error) {
    if (error instanceof Problem) telemetry.logger.info(error.name, { routeKey: event.routeKey, status: error.status });
    else telemetry.logger.error(event.routeKey, error as Error);
    return problemAnswer(error);
  }
};
