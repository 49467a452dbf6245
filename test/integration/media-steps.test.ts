import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, SNSEvent } from 'aws-lambda';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { descriptionsFileSchema, documentsFileSchema } from '../../lambdas/contracts/documents.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { shotsFileSchema } from '../../lambdas/contracts/shots.ts';
import type { WorkflowInput } from '../../lambdas/contracts/workflow.ts';
import { handler as describeAsset } from '../../lambdas/describe/describe-asset.lambda.ts';
import { handler as enrichDescriptions } from '../../lambdas/enrich/enrich-descriptions.lambda.ts';
import { handler as assembleShots } from '../../lambdas/shots/assemble-shots.lambda.ts';
import { handler as decodeChunk } from '../../lambdas/shots/decode-chunk.lambda.ts';
import { handler as inferChunk } from '../../lambdas/shots/infer-chunk.lambda.ts';
import { handler as planShots } from '../../lambdas/shots/plan-shots.lambda.ts';
import { handler as returnInference } from '../../lambdas/shots/return-inference.lambda.ts';
import { cutsBetweenScenes, makeClip, mediaTools, quickH264 } from '../lambdas/support/clips.ts';
import { colourDifferenceEndpoint } from '../lambdas/support/colour-difference-endpoint.ts';
import { modelLimits, transitionSettings } from '../lambdas/support/transition-settings.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** The steps' own entry points, one after the other, on the emulator's S3 and DynamoDB. */
const assetId = 'e'.repeat(64);
const context = { getRemainingTimeInMillis: () => 120_000 } as Context;
let emulator: CloudEmulator;
let endpoints: Server;
let s3: S3Client;
let ledger: AssetLedger;
let derived: MediaBucket;

beforeAll(async () => {
  emulator = await startCloudEmulator();
  endpoints = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url?.endsWith('/async-invocations')) {
      await answerLater(String(request.headers['x-amzn-sagemaker-inputlocation']));
      notifications.push(String(request.headers['x-amzn-sagemaker-inference-id']));
      response.statusCode = 202;
      response.setHeader('x-amzn-sagemaker-outputlocation', `s3://media-derived/${outputKey}`);
      response.end('{}');
      return;
    }
    const asked: unknown = JSON.parse(Buffer.concat(chunks).toString());
    response.end(JSON.stringify(await doubleOf(request.url ?? '', asked)));
  });
  await new Promise<void>((ready) => endpoints.listen(0, '127.0.0.1', ready));
  const table = await createLedgerTable(emulator, 'media-ledger');
  ledger = new AssetLedger(table);
  s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  for (const Bucket of ['media-originals', 'media-derived']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: 'media-originals', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  derived = new MediaBucket({ client: s3, bucketName: 'media-derived' });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.client.endpoint,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://127.0.0.1:${(endpoints.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [environmentNames.originalsBucket]: 'media-originals',
    [environmentNames.derivedBucket]: 'media-derived',
    [environmentNames.ledgerTable]: 'media-ledger',
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
}, 90_000);
afterAll(async () => {
  endpoints?.closeAllConnections();
  endpoints?.close();
  await emulator?.stop();
});

const outputKey = 'inference/shots/output/answer.out';
const notifications: string[] = [];

/** The asynchronous endpoint's double: its answer lies in the bucket by the time that the request is taken in. */
async function answerLater(inputLocation: string): Promise<void> {
  const key = inputLocation.replace('s3://media-derived/', '');
  const asked = await derived.readJson(key, z.unknown());
  const answer = await colourDifferenceEndpoint().invokeJson(asked, z.unknown(), { timeoutMilliseconds: 1 });
  await derived.putJson(outputKey, z.unknown(), answer);
}

const notification = (inferenceId: string | undefined): SNSEvent => {
  const Message = JSON.stringify({
    invocationStatus: 'Completed',
    requestParameters: { endpointName: 'shots' },
    responseParameters: { outputLocation: `s3://media-derived/${outputKey}` },
    inferenceId,
  });
  return { Records: [{ Sns: { Message } }] } as SNSEvent;
};

/** Doubles of the other endpoints, named by what they do: shots by difference of colour, vectors by length, no names. */
async function doubleOf(url: string, asked: unknown): Promise<unknown> {
  const { texts } = asked as { texts: string[] };
  const model = { model: 'length', version: '1' };
  return url.includes('/embed/')
    ? { ...model, vectors: texts.map((text) => [text.length]) }
    : { ...model, entities: texts.map(() => []) };
}

it('take a video with its shotlist from the bucket to documents, and tell the ledger of each step', async () => {
  const path = join(tmpdir(), `media-steps-${process.pid}.mp4`);
  makeClip([...cutsBetweenScenes([50, 75], '25'), '-map', '[picture]', ...quickH264, path]);
  const key = 'incoming/news/ferry café + 1.mp4';
  const stem = key.replace('.mp4', '');
  const bytes = await readFile(path);
  await rm(path);
  const stored = await s3.send(new PutObjectCommand({ Bucket: 'media-originals', Key: key, Body: bytes }));
  const shotlistKey = `${stem}.shotlist.txt`;
  const shotlist = 'HEADLINE: Ferry leaves Bergen\nSHOTLIST:\n00:00:00:00 Harbour\n00:00:02:00 Crew\n';
  await s3.send(new PutObjectCommand({ Bucket: 'media-originals', Key: shotlistKey, Body: shotlist }));
  const original = { bucket: 'media-originals', key, versionId: stored.VersionId };
  const input: WorkflowInput = { assetId, attempt: 1, kind: 'video', desk: 'news', original };
  await ledger.claimAsset({
    ...input,
    stem,
    fileName: 'ferry café + 1.mp4',
    mediaType: 'video/mp4',
    bytes: bytes.length,
  });
  await ledger.joinSidecar({
    sidecar: 'shotlist',
    stem,
    object: { bucket: 'media-originals', key: shotlistKey },
    arrivedAt: new Date().toISOString(),
  });

  const { run, chunkCount } = await planShots(input, context);
  expect(chunkCount).toBe(1);
  expect(await decodeChunk({ ...input, run, chunk: 0 }, context)).toEqual({ chunk: 0, frameCount: 125 });
  expect(await inferChunk({ ...input, run, chunk: 0, taskToken: 'first' }, context)).toMatchObject({ sending: 'sent' });
  await returnInference(notification(notifications[0]));
  expect(await inferChunk({ ...input, run, chunk: 0, taskToken: 'again' }, context)).toMatchObject({
    sending: 'found',
  });
  expect(notifications).toHaveLength(1);
  expect((await ledger.getAsset(assetId))?.chunksDone).toEqual([0]);
  const { shotsKey, shotCount } = await assembleShots({ ...input, run }, context);
  expect(shotCount).toBe(2);
  const { shots, previewKey } = await derived.readJson(shotsKey, shotsFileSchema);
  expect(await derived.head({ key: previewKey as string })).toMatchObject({ contentType: 'video/mp4' });
  const thumbnail = await fetch(await derived.presignGet(shots[1]?.keyframes[0]?.thumbnailKey as string, 60));
  expect(await sharp(Buffer.from(await thumbnail.arrayBuffer())).metadata()).toMatchObject({ format: 'webp' });

  const { decision, descriptionsKey } = await describeAsset({ ...input, shotsKey }, context);
  expect(decision).toBe('index');
  const { descriptions } = await derived.readJson(descriptionsKey as string, descriptionsFileSchema);
  expect(descriptions.map(({ title, text }) => [title, text])).toEqual([
    ['Ferry leaves Bergen', 'Harbour'],
    ['Ferry leaves Bergen', 'Crew'],
  ]);

  const { documentsKey } = await enrichDescriptions({ ...input, descriptionsKey }, context);
  const { documents } = await derived.readJson(documentsKey, documentsFileSchema);
  expect(documents.map(({ vector }) => vector.length)).toEqual([1, 1]);

  const asset = await ledger.getAsset(assetId);
  expect(asset?.steps).toMatchObject({
    shots: { status: 'done', detail: '2 shots' },
    describe: { status: 'done', detail: 'shotlist lines on 2 of 2 shots' },
    enrich: { status: 'done', detail: '0 names, 2 vectors' },
  });
});

describe('an attempt that a later one has overtaken', () => {
  it('is fenced off before it does any work', async () => {
    const original = { bucket: 'media-originals', key: 'incoming/news/ferry café + 1.mp4' };
    const overtaken: WorkflowInput = { assetId, attempt: 1, kind: 'video', desk: 'news', original };
    await ledger.beginAttempt(assetId, { reason: 'stuck', expectedAttempt: 1 });
    await expect(planShots(overtaken, context)).rejects.toMatchObject({ name: 'FencedError' });
  });
});
