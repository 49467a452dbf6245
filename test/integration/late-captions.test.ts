import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { CaptionBudget } from '../../lambdas/clients/captions/caption-budget.ts';
import { CaptionRecords } from '../../lambdas/clients/captions/caption-records.ts';
import { PaidCaptions } from '../../lambdas/clients/captions/paid-captions.ts';
import { ProviderGate } from '../../lambdas/clients/captions/provider-gate.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import type { CaptionSettings } from '../../lambdas/contracts/captions.ts';
import { type Description, descriptionsFileSchema } from '../../lambdas/contracts/documents.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import type { WorkflowInput } from '../../lambdas/contracts/workflow.ts';
import { handler as describeAsset } from '../../lambdas/describe/describe-asset.lambda.ts';
import { beginLateCaptions } from '../../lambdas/operate/begin-late-captions.ts';
import { perceptualHash } from '../../lambdas/runtime/renditions.ts';
import type { Usage } from '../../local/captions/billing.ts';
import { createCaptionApi } from '../../local/captions/caption-api.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** The describe step's own handler, with captions on, and the timer that takes up what had to wait. */
let emulator: CloudEmulator;
let table: LedgerTable;
let ledger: AssetLedger;
let records: CaptionRecords;
let s3: S3Client;
let derived: MediaBucket;
let api: Server;
let entities: Server;
let address: string;
let settings: CaptionSettings;
const context = { getRemainingTimeInMillis: () => 120_000 } as Context;

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  emulator = await startCloudEmulator();
  table = await createLedgerTable(emulator, 'late-captions-ledger');
  ledger = new AssetLedger(table);
  records = new CaptionRecords(table);
  s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  for (const Bucket of ['late-originals', 'late-derived']) await s3.send(new CreateBucketCommand({ Bucket }));
  derived = new MediaBucket({ client: s3, bucketName: 'late-derived' });
  api = createCaptionApi();
  address = await listening(api);
  // Finds no names: what the lint makes of names is its own test's business.
  entities = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { texts } = JSON.parse(Buffer.concat(chunks).toString()) as { texts: string[] };
    response.end(JSON.stringify({ model: 'none', version: '1', entities: texts.map(() => []) }));
  });
  settings = captionSettings({ provider: { baseUrl: `${address}/v1`, timeoutSeconds: 5 } });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.client.endpoint,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: await listening(entities),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [environmentNames.originalsBucket]: 'late-originals',
    [environmentNames.derivedBucket]: 'late-derived',
    [environmentNames.ledgerTable]: table.tableName,
    [environmentNames.entitiesEndpoint]: 'entities',
    [environmentNames.captions]: JSON.stringify(settings),
  });
}, 90_000);
afterAll(async () => {
  for (const server of [api, entities]) {
    server?.closeAllConnections();
    server?.close();
  }
  await emulator?.stop();
});

const behave = (manner: Record<string, unknown>) =>
  fetch(`${address}/manner`, { method: 'PUT', body: JSON.stringify(manner) });
const usage = async () => (await (await fetch(`${address}/usage`)).json()) as Usage;

const plain = (background: string): Promise<Buffer> =>
  sharp({ create: { width: 600, height: 400, channels: 3, background } })
    .jpeg()
    .toBuffer();

/** A photo without a word, admitted as its first attempt. */
async function admit(name: string, bytes: Buffer): Promise<WorkflowInput> {
  const key = `incoming/sport/${name}.jpg`;
  await s3.send(new PutObjectCommand({ Bucket: 'late-originals', Key: key, Body: bytes }));
  const assetId = createHash('sha256').update(bytes).digest('hex');
  const original = { bucket: 'late-originals', key };
  const stem = `incoming/sport/${name}`;
  const asset = { assetId, kind: 'photo', desk: 'sport', original } as const;
  await ledger.claimAsset({
    ...asset,
    stem,
    fileName: `${name}.jpg`,
    mediaType: 'image/jpeg',
    bytes: bytes.length,
    perceptualHash: await perceptualHash(bytes),
  });
  return { ...asset, attempt: 1 };
}

async function layBeside(name: string, ninjs: object): Promise<void> {
  const object = { bucket: 'late-originals', key: `incoming/sport/${name}.ninjs.json` };
  await s3.send(new PutObjectCommand({ Bucket: object.bucket, Key: object.key, Body: JSON.stringify(ninjs) }));
  const arrivedAt = new Date().toISOString();
  await ledger.joinSidecar({ sidecar: 'ninjs', stem: `incoming/sport/${name}`, object, arrivedAt });
}

async function described(input: WorkflowInput): Promise<Description> {
  const { descriptionsKey } = await describeAsset(input, context);
  const { descriptions } = await derived.readJson(descriptionsKey ?? '', descriptionsFileSchema);
  return descriptions[0] as Description;
}

/** The timer's work at a moment, with a workflow that only remembers what it was told to start. */
async function lookForLate(at: Date): Promise<AssetRecord[]> {
  const started: AssetRecord[] = [];
  await beginLateCaptions({
    ledger,
    workflow: { start: async (asset) => started.push(asset) > 0 },
    records,
    budget: new CaptionBudget(table),
    paid: new PaidCaptions(table),
    gate: new ProviderGate(table, settings, () => at),
    settings,
    now: () => at,
  });
  return started;
}
const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

it('a photo whose provider is away is indexed by what is known, marked, and captioned later, once', async () => {
  const input = await admit('harbour', await plain('#a03020'));
  await behave({ always: { kind: 'fail', status: 502 } });
  expect(await described(input)).toMatchObject({ title: 'harbour', text: '', provenance: 'none' });
  expect((await ledger.getAsset(input.assetId))?.steps.describe).toMatchObject({
    status: 'done',
    detail: '0 generated captions, 1 to come later',
  });
  expect(await records.findWaiting(input.assetId)).toMatchObject({ reason: 'provider', pictures: 1, tries: 0 });
  await ledger.completeAsset(input.assetId, 1, { documentCount: 1 });

  expect(await lookForLate(new Date())).toEqual([]);
  await behave({});
  const [begun, ...others] = await lookForLate(inMinutes(5));
  expect([begun?.assetId, begun?.attempt, others]).toEqual([input.assetId, 2, []]);
  expect(await lookForLate(inMinutes(6))).toEqual([]);

  const second = { ...input, attempt: 2 };
  const captioned = await described(second);
  expect(captioned).toMatchObject({ provenance: 'generated', generatedBy: { model: 'vision-1' } });
  expect(await records.findWaiting(input.assetId)).toBeUndefined();
  expect((await usage()).billed).toBe(1);
  // The step tried again, and the words that people write afterwards.
  expect(await described(second)).toEqual(captioned);
  await layBeside('harbour', { uri: 'urn:harbour', descriptions: [{ role: 'caption', value: 'The ferry sails.' }] });
  expect(await described(second)).toMatchObject({ text: 'The ferry sails.', provenance: 'ninjs' });
  expect((await usage()).billed).toBe(1);
});

it('an embargoed photo is sent to nobody before its moment, and captioned after it', async () => {
  await fetch(`${address}/usage`, { method: 'DELETE' });
  const input = await admit('secret', await plain('#203040'));
  const embargoed = inMinutes(30).toISOString();
  await layBeside('secret', { uri: 'urn:secret', embargoed });
  expect(await described(input)).toMatchObject({ text: '', provenance: 'none' });
  expect(await records.findWaiting(input.assetId)).toMatchObject({ reason: 'embargo', dueAt: embargoed });
  await ledger.completeAsset(input.assetId, 1, { documentCount: 1 });
  expect(await lookForLate(inMinutes(29))).toEqual([]);
  expect((await usage()).calls).toBe(0);
  expect((await lookForLate(inMinutes(31))).map(({ assetId }) => assetId)).toEqual([input.assetId]);
});

/** Soft patches of light and dark, which a perceptual hash can tell from others. */
async function patches(): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  const small = await sharp({ create: { width: 12, height: 8, channels: 3, background: '#000', noise } })
    .png()
    .toBuffer();
  return sharp(small).resize(1200, 800, { kernel: 'cubic' }).png().toBuffer();
}

it('a copy of an embargoed photo that came without its embargo is sent to nobody either, until that ends', async () => {
  await fetch(`${address}/usage`, { method: 'DELETE' });
  const picture = await patches();
  const first = await admit('summit', await sharp(picture).jpeg({ quality: 92 }).toBuffer());
  const embargoed = inMinutes(30).toISOString();
  await layBeside('summit', { uri: 'urn:summit', embargoed });
  await described(first);
  const copy = await admit('summit-copy', await sharp(picture).resize(700).jpeg({ quality: 60 }).toBuffer());
  expect(await described(copy)).toMatchObject({ text: '', provenance: 'none' });
  expect(await records.findWaiting(copy.assetId)).toMatchObject({ reason: 'embargo', dueAt: embargoed });
  expect((await usage()).calls).toBe(0);
});

it('a photo that was sent again, smaller and pressed harder, shows the words that were paid for the first one', async () => {
  await fetch(`${address}/usage`, { method: 'DELETE' });
  const picture = await patches();
  const first = await described(await admit('ferry', await sharp(picture).jpeg({ quality: 92 }).toBuffer()));
  const again = await sharp(picture).resize(700).jpeg({ quality: 60 }).toBuffer();
  const second = await described(await admit('ferry-again', again));
  expect(first.provenance).toBe('generated');
  expect([second.text, second.generatedBy]).toEqual([first.text, first.generatedBy]);
  expect((await usage()).billed).toBe(1);
});
