import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SNSEvent } from 'aws-lambda';
import { z } from 'zod';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import type { S3Object } from '../../lambdas/contracts/assets.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { mediaTools } from '../lambdas/support/clips.ts';
import { colourDifferenceEndpoint } from '../lambdas/support/colour-difference-endpoint.ts';
import { modelLimits, transitionSettings } from '../lambdas/support/transition-settings.ts';
import { createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** What the steps' own entry points need around them: buckets, a ledger, and doubles of the endpoints. */
export interface MediaHouse {
  ledger: AssetLedger;
  table: { client: DynamoDBDocumentClient; tableName: string };
  originals: MediaBucket;
  derived: MediaBucket;
  /** Ids of the chunks that the asynchronous endpoint has taken in; the answer of each lies in the bucket. */
  inferenceIds: string[];
  upload(key: string, bytes: Buffer): Promise<S3Object>;
  stop(): Promise<void>;
}

const originalsName = 'media-originals';
const derivedName = 'media-derived';
const tableName = 'media-ledger';
const outputKey = 'inference/shots/output/answer.out';

/** Starts the house and points this process's environment at it, for Lambdas that are wired from it. */
export async function openMediaHouse(): Promise<MediaHouse> {
  const emulator = await startCloudEmulator();
  const s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  for (const Bucket of [originalsName, derivedName]) await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: originalsName, VersioningConfiguration }));
  const derived = new MediaBucket({ client: s3, bucketName: derivedName });
  const table = await createLedgerTable(emulator, tableName);
  const inferenceIds: string[] = [];
  const endpoints = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url?.endsWith('/async-invocations')) {
      await answerLater(derived, String(request.headers['x-amzn-sagemaker-inputlocation']));
      inferenceIds.push(String(request.headers['x-amzn-sagemaker-inference-id']));
      response.statusCode = 202;
      response.setHeader('x-amzn-sagemaker-outputlocation', `s3://${derivedName}/${outputKey}`);
      response.end('{}');
      return;
    }
    response.end(JSON.stringify(doubleOf(request.url ?? '', JSON.parse(Buffer.concat(chunks).toString()))));
  });
  await new Promise<void>((ready) => endpoints.listen(0, '127.0.0.1', ready));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.client.endpoint,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://127.0.0.1:${(endpoints.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [environmentNames.originalsBucket]: originalsName,
    [environmentNames.derivedBucket]: derivedName,
    [environmentNames.ledgerTable]: tableName,
    [environmentNames.shotsEndpoint]: 'shots',
    [environmentNames.framesPerChunk]: '4500',
    [environmentNames.inferenceSeconds]: '600',
    [environmentNames.embedEndpoint]: 'embed',
    [environmentNames.entitiesEndpoint]: 'entities',
    [environmentNames.shotsModel]: JSON.stringify({
      name: 'colour-difference',
      version: '1',
      limits: modelLimits,
      postprocessing: transitionSettings,
    }),
    [environmentNames.ffmpegPath]: mediaTools.ffmpegPath,
    [environmentNames.ffprobePath]: mediaTools.ffprobePath,
    [environmentNames.captions]: 'off',
  });
  return {
    ledger: new AssetLedger(table),
    table,
    originals: new MediaBucket({ client: s3, bucketName: originalsName }),
    derived,
    inferenceIds,
    upload: async (Key, Body) => {
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: originalsName, Key, Body }));
      return { bucket: originalsName, key: Key, versionId: VersionId };
    },
    stop: async () => {
      endpoints.closeAllConnections();
      endpoints.close();
      await emulator.stop();
    },
  };
}

/** The asynchronous endpoint's double: its answer lies in the bucket by the time that the request is taken in. */
async function answerLater(derived: MediaBucket, inputLocation: string): Promise<void> {
  const asked = await derived.readJson(inputLocation.replace(`s3://${derivedName}/`, ''), z.unknown());
  const answer = await colourDifferenceEndpoint().invokeJson(asked, z.unknown(), { timeoutMilliseconds: 1 });
  await derived.putJson(outputKey, z.unknown(), answer);
}

/** What SNS tells the function that returns inferences. */
export const notification = (inferenceId: string | undefined): SNSEvent => {
  const Message = JSON.stringify({
    invocationStatus: 'Completed',
    requestParameters: { endpointName: 'shots' },
    responseParameters: { outputLocation: `s3://${derivedName}/${outputKey}` },
    inferenceId,
  });
  return { Records: [{ Sns: { Message } }] } as SNSEvent;
};

/** Doubles of the other endpoints, named by what they do: shots by difference of colour, vectors by length, no names. */
function doubleOf(url: string, asked: unknown): unknown {
  const { texts } = asked as { texts: string[] };
  const model = { model: 'length', version: '1' };
  return url.includes('/embed/')
    ? { ...model, vectors: texts.map((text) => [text.length]) }
    : { ...model, entities: texts.map(() => []) };
}
