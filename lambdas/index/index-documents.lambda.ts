import { setTimeout as wait } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { Releases } from '../clients/releases.ts';
import { indexInputSchema } from '../contracts/workflow.ts';
import { Versions } from '../embedding/versions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { count, milliseconds, telemetryFor } from '../runtime/telemetry.ts';
import { indexInVersions } from './index-in-versions.ts';

const telemetry = telemetryFor('index');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['derivedBucket', 'ledgerTable', 'vectorIndexEndpoint', 'embedVersions']);
  const table = openTable(environment.ledgerTable);
  return {
    derived: new MediaBucket({
      client: new S3Client({ forcePathStyle: true }),
      bucketName: environment.derivedBucket,
    }),
    ledger: new AssetLedger(table),
    releases: new Releases(table),
    versions: new Versions({
      ...{ deployed: environment.embedVersions, table, vectorIndexEndpoint: environment.vectorIndexEndpoint },
      sageMaker: new SageMakerRuntimeClient({}),
    }),
    clock: { now: () => new Date(), wait: (duration: number) => wait(duration) },
  };
}

export const handler = stepHandler(telemetry, indexInputSchema, async (input, context) => {
  wired ??= wire();
  const leaseSeconds = () => Math.ceil(context.getRemainingTimeInMillis() / 1000);
  const result = await indexInVersions({ ...wired, leaseSeconds }, input);
  count(telemetry, 'documentsWritten', result.written);
  const asset = await wired.ledger.getAsset(input.assetId);
  if (asset?.status === 'indexed') {
    await wired.releases.expect(asset, new Date());
    count(telemetry, 'assetsIndexed');
    milliseconds(telemetry, 'timeToIndexed', Date.now() - Date.parse(asset.createdAt));
  }
  return result;
});
