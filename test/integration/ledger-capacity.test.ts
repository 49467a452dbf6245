import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { admitUpload } from '../../lambdas/admit/admit-upload.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { NearDuplicates } from '../../lambdas/clients/near-duplicates.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import { type Workflow, workflowInputOf } from '../../lambdas/clients/workflow.ts';
import type { WorkflowInput } from '../../lambdas/contracts/workflow.ts';
import { handler as describeAsset } from '../../lambdas/describe/describe-asset.lambda.ts';
import { handler as enrichDescriptions } from '../../lambdas/enrich/enrich-descriptions.lambda.ts';
import { type IndexAssetClients, indexAsset } from '../../lambdas/index/index-asset.ts';
import { handler as assembleShots } from '../../lambdas/shots/assemble-shots.lambda.ts';
import { handler as decodeChunk } from '../../lambdas/shots/decode-chunk.lambda.ts';
import { handler as extractKeyframes } from '../../lambdas/shots/extract-keyframes.lambda.ts';
import { handler as inferChunk } from '../../lambdas/shots/infer-chunk.lambda.ts';
import { handler as planShots } from '../../lambdas/shots/plan-shots.lambda.ts';
import { handler as returnInference } from '../../lambdas/shots/return-inference.lambda.ts';
import { handler as stitchShots } from '../../lambdas/shots/stitch-shots.lambda.ts';
import { places } from '../../setup/places.ts';
import { cutsBetweenScenes, makeClip, quickH264 } from '../lambdas/support/clips.ts';
import { type ConsumedUnits, countCapacity } from '../support/ledger-capacity.ts';
import { type MediaHouse, notification, openMediaHouse } from './media-house.ts';

/** What an asset consumes of the ledger on its way from arrival to searchable, through the steps' own entry points. */
const context = { getRemainingTimeInMillis: () => 120_000 } as Context;
/** Dollars for a million units on demand in us-east-1; their source is in docs/decisions/0017. */
const dollarsPerMillion = { read: 0.125, write: 0.625 };

let house: MediaHouse;
let capacity: ReturnType<typeof countCapacity>;
beforeAll(async () => {
  house = await openMediaHouse();
  capacity = countCapacity(house.table.client);
  vi.spyOn(AssetLedger, 'open').mockImplementation(() => house.ledger);
  vi.spyOn(NearDuplicates, 'open').mockImplementation(() => new NearDuplicates(house.table));
}, 90_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await house?.stop();
});

async function admitted(key: string, bytes: Buffer): Promise<WorkflowInput> {
  const object = await house.upload(key, bytes);
  const { upload } = await admitUpload(
    {
      originals: house.originals,
      ledger: house.ledger,
      withdrawals: new Withdrawals(house.table),
      workflow: { start: async () => true } as unknown as Workflow,
    },
    {
      ...{ id: 'event', time: new Date().toISOString(), source: 'aws.s3', 'detail-type': 'Object Created' },
      detail: { bucket: { name: object.bucket }, object: { key, size: bytes.length, 'version-id': object.versionId } },
    },
    { messageId: key, reception: 1 },
  );
  const asset = await house.ledger.getAsset(upload.assetId ?? '');
  if (asset === undefined) throw new Error(`${key} was not admitted: ${upload.reason}`);
  return workflowInputOf(asset);
}

async function shotsOf(input: WorkflowInput): Promise<string> {
  const { run, chunkCount } = await planShots(input, context);
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    await decodeChunk({ ...input, run, chunk }, context);
    await inferChunk({ ...input, run, chunk, taskToken: `token ${chunk}` }, context);
    await returnInference(notification(house.inferenceIds.at(-1)));
  }
  await stitchShots({ ...input, run }, context);
  for (let chunk = 0; chunk < chunkCount; chunk++) await extractKeyframes({ ...input, run, chunk }, context);
  return (await assembleShots({ ...input, run }, context)).shotsKey;
}

async function indexed(input: WorkflowInput, documentsKey: string): Promise<number> {
  let written = 0;
  const index: IndexAssetClients['index'] = {
    bulkIndex: async (documents) =>
      documents.map(({ documentId }) => ({ documentId, indexId: `index-id-of-twenty-${written++}` })),
    deleteByIds: async () => 0,
    findByDocumentIds: async () => [],
  };
  const result = await indexAsset(
    {
      derived: house.derived,
      ledger: house.ledger,
      index,
      inVersion: async (documents) => [...documents],
      everywhere: { ledger: house.ledger, index },
      clock: { now: () => new Date(), wait: async () => {} },
      leaseSeconds: () => 300,
    },
    { ...input, documentsKey },
  );
  return result.documentCount;
}

async function wayOf(key: string, bytes: Buffer): Promise<ConsumedUnits & { documents: number }> {
  capacity.take();
  const input = await admitted(key, bytes);
  const shots = input.kind === 'video' ? { shotsKey: await shotsOf(input) } : {};
  const { descriptionsKey = '' } = await describeAsset({ ...input, ...shots }, context);
  const { documentsKey } = await enrichDescriptions({ ...input, descriptionsKey }, context);
  const documents = await indexed(input, documentsKey);
  return { documents, ...capacity.take() };
}

async function clip(): Promise<Buffer> {
  const path = join(tmpdir(), `ledger-capacity-${process.pid}.mp4`);
  makeClip([...cutsBetweenScenes([50, 75], '25'), '-map', '[picture]', ...quickH264, path]);
  const bytes = await readFile(path);
  await rm(path);
  return bytes;
}
/**
 * A picture with details, by which it is found among near-duplicates: a plain one would cost less than photos do. Small
 * enough to be read in one piece, for this emulator answers a part of a version with the whole of it.
 */
const photo = () =>
  sharp(join(places.workshop, 'samples', 'originals', 'scikit-learn', 'china.jpg'))
    .resize(320)
    .jpeg()
    .toBuffer();
const story = () =>
  Buffer.from(Array.from({ length: 900 }, (_, at) => `The harbour number ${at} opened again.`).join(' '));

describe('the ledger', () => {
  it.each([
    { kind: 'photo', bytes: photo, most: { read: 180, write: 130, writePerDocument: 2 } },
    { kind: 'story', bytes: async () => story(), most: { read: 50, write: 75, writePerDocument: 2 } },
    { kind: 'video', bytes: clip, most: { read: 180, write: 90, writePerDocument: 2 } },
  ])('takes no more units for a $kind than its price is reckoned with', async ({ kind, bytes, most }) => {
    const extension = { photo: 'jpg', story: 'txt', video: 'mp4' }[kind];
    const { read, write, documents } = await wayOf(`incoming/news/${kind}.${extension}`, await bytes());
    const dollars = (1000 * (read * dollarsPerMillion.read + write * dollarsPerMillion.write)) / 1e6;
    process.stdout.write(
      `${kind}: ${documents} documents, ${read} read units, ${write} write units, $${dollars.toFixed(4)} for 1,000\n`,
    );
    expect(documents).toBeGreaterThan(0);
    expect(read).toBeLessThanOrEqual(most.read);
    expect(write - documents * most.writePerDocument).toBeLessThanOrEqual(most.write);
  });
});
