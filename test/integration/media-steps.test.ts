import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descriptionsFileSchema, documentsFileSchema } from '../../lambdas/contracts/documents.ts';
import { shotsFileSchema } from '../../lambdas/contracts/shots.ts';
import type { WorkflowInput } from '../../lambdas/contracts/workflow.ts';
import { handler as describeAsset } from '../../lambdas/describe/describe-asset.lambda.ts';
import { handler as enrichDescriptions } from '../../lambdas/enrich/enrich-descriptions.lambda.ts';
import { handler as assembleShots } from '../../lambdas/shots/assemble-shots.lambda.ts';
import { handler as decodeChunk } from '../../lambdas/shots/decode-chunk.lambda.ts';
import { handler as extractKeyframes } from '../../lambdas/shots/extract-keyframes.lambda.ts';
import { handler as inferChunk } from '../../lambdas/shots/infer-chunk.lambda.ts';
import { handler as planShots } from '../../lambdas/shots/plan-shots.lambda.ts';
import { handler as returnInference } from '../../lambdas/shots/return-inference.lambda.ts';
import { handler as stitchShots } from '../../lambdas/shots/stitch-shots.lambda.ts';
import { cutsBetweenScenes, makeClip, quickH264 } from '../lambdas/support/clips.ts';
import { type MediaHouse, notification, openMediaHouse } from './media-house.ts';

/** The steps' own entry points, one after the other, on the emulator's S3 and DynamoDB. */
const assetId = 'e'.repeat(64);
const context = { getRemainingTimeInMillis: () => 120_000 } as Context;
let house: MediaHouse;

beforeAll(async () => {
  house = await openMediaHouse();
}, 90_000);
afterAll(() => house?.stop());

it('take a video with its shotlist from the bucket to documents, and tell the ledger of each step', async () => {
  const path = join(tmpdir(), `media-steps-${process.pid}.mp4`);
  makeClip([...cutsBetweenScenes([50, 75], '25'), '-map', '[picture]', ...quickH264, path]);
  const key = 'incoming/news/ferry café + 1.mp4';
  const stem = key.replace('.mp4', '');
  const bytes = await readFile(path);
  await rm(path);
  const { ledger, derived, inferenceIds } = house;
  const original = await house.upload(key, bytes);
  const shotlistKey = `${stem}.shotlist.txt`;
  const shotlist = 'HEADLINE: Ferry leaves Bergen\nSHOTLIST:\n00:00:00:00 Harbour\n00:00:02:00 Crew\n';
  await house.upload(shotlistKey, Buffer.from(shotlist));
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
  await returnInference(notification(inferenceIds[0]));
  expect(await inferChunk({ ...input, run, chunk: 0, taskToken: 'again' }, context)).toMatchObject({
    sending: 'found',
  });
  expect(inferenceIds).toHaveLength(1);
  expect((await ledger.getAsset(assetId))?.chunksDone).toEqual([0]);
  expect(await stitchShots({ ...input, run }, context)).toEqual({ shotCount: 2 });
  expect(await extractKeyframes({ ...input, run, chunk: 0 }, context)).toEqual({ chunk: 0, keyframeCount: 2 });
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
    await house.ledger.beginAttempt(assetId, { reason: 'stuck', expectedAttempt: 1 });
    await expect(planShots(overtaken, context)).rejects.toMatchObject({ name: 'FencedError' });
  });
});
