import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admitUpload } from '../../lambdas/admit/admit-upload.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { Executions } from '../../lambdas/clients/executions.ts';
import { FailureQueue } from '../../lambdas/clients/failure-queue.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { NearDuplicates } from '../../lambdas/clients/near-duplicates.ts';
import { ObjectVersions } from '../../lambdas/clients/object-versions.ts';
import { isGenuine } from '../../lambdas/clients/receipt.ts';
import { ReceiptKey } from '../../lambdas/clients/receipt-key.ts';
import { indexedDocument, VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import { Workflow } from '../../lambdas/clients/workflow.ts';
import { derivedKeys, shotsWorkKeys, vocabularyKeys } from '../../lambdas/contracts/keys.ts';
import type { UploadRecord } from '../../lambdas/contracts/ledger.ts';
import { recountDoneSchema } from '../../lambdas/contracts/vocabulary.ts';
import { type WithdrawalAnswer, withdrawalStores } from '../../lambdas/contracts/withdrawal.ts';
import { objectCreatedEventSchema } from '../../lambdas/contracts/workflow.ts';
import { clearReturns } from '../../lambdas/operate/withdraw/clear-returns.ts';
import { type Store, storesOf } from '../../lambdas/operate/withdraw/stores.ts';
import { lift, look, prove, remove, type WithdrawClients } from '../../lambdas/operate/withdraw/withdraw.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';
import { sampleDocument, testIndexBody } from './search/sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search/search-node.ts';

let emulator: CloudEmulator;
let node: SearchNode;
let s3: S3Client;
let table: { client: DynamoDBDocumentClient; tableName: string };
let clients: WithdrawClients;
let admitting: Parameters<typeof admitUpload>[0];
let index: VectorIndex;
let originals: ObjectVersions;
let derived: MediaBucket;
let failureQueue: FailureQueue;
let publicKey: Buffer;
let nearDuplicates: NearDuplicates;
let shift = 0;

beforeAll(async () => {
  useLocalCredentials();
  [emulator, node] = await Promise.all([startCloudEmulator(), startSearchNode({ visibilityMilliseconds: 100 })]);
  s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  for (const Bucket of ['originals', 'derived']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: 'originals', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const sfn = new SFNClient(emulator.client);
  const { stateMachineArn = '' } = await sfn.send(
    new CreateStateMachineCommand({
      name: 'workflow',
      roleArn: 'arn:aws:iam::000000000000:role/workflow',
      definition: JSON.stringify({ StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 600, End: true } } }),
    }),
  );
  const sqs = new SQSClient({ ...emulator.client, useQueueUrlAsEndpoint: false });
  const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'failures' }));
  failureQueue = new FailureQueue({ client: sqs, queueUrl });
  const kms = new KMSClient(emulator.client);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  const receiptKey = new ReceiptKey({ client: kms, keyId: KeyMetadata?.Arn ?? '' });
  publicKey = await receiptKey.publicKey();
  table = await createLedgerTable(emulator, 'ledger');
  const ledger = new AssetLedger(table);
  const withdrawals = new Withdrawals(table);
  nearDuplicates = new NearDuplicates(table);
  index = new VectorIndex({ endpoint: node.endpoint, indexName: 'withdrawn', region: 'us-east-1' });
  await index.prepare(testIndexBody());
  originals = new ObjectVersions({ client: s3, bucketName: 'originals' });
  derived = new MediaBucket({ client: s3, bucketName: 'derived' });
  const workflow = new Workflow({ client: sfn, stateMachineArn });
  admitting = { originals: new MediaBucket({ client: s3, bucketName: 'originals' }), ledger, workflow, withdrawals };
  clients = {
    environmentName: 'local',
    ledger,
    withdrawals,
    originals,
    nearDuplicates,
    executions: new Executions({ client: sfn, stateMachineArn }),
    stores: storesOf({
      withdrawals,
      originals,
      derived: new ObjectVersions({ client: s3, bucketName: 'derived' }),
      derivedBucket: derived,
      index,
      failureQueue,
      nearDuplicates,
    }),
    receipts: derived,
    receiptKey,
    clock: {
      now: () => new Date(Date.now() + shift),
      // Time passes by itself; nobody sits it out.
      wait: async (milliseconds) => {
        shift += milliseconds;
        await delay(1);
      },
    },
  };
}, 300_000);
afterAll(async () => {
  await Promise.all([emulator?.stop(), node?.stop()]);
});

async function upload(key: string, body: string | Buffer): Promise<UploadRecord> {
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'originals', Key: key, Body: body }));
  const event = objectCreatedEventSchema.parse({
    id: randomUUID(),
    time: new Date().toISOString(),
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'originals' }, object: { key, size: body.length, 'version-id': VersionId } },
  });
  return (await admitUpload(admitting, event, { messageId: randomUUID(), reception: 1 })).upload;
}
const folder = () => `incoming/sport/${randomUUID()}`;

/** A picture that no other test has: blocks of its own. */
async function photo(seed = randomUUID()): Promise<Buffer> {
  const pixels = createHash('sha512').update(seed).digest();
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
    .resize(256, 256, { kernel: 'nearest' })
    .jpeg({ quality: 95 })
    .toBuffer();
}

async function write(assetId: string, ordinal = 0): Promise<void> {
  const document = sampleDocument(`Asset ${assetId}`, 'A regatta.', {
    assetId,
    documentId: `${assetId}.photo.${ordinal}`,
  });
  await index.bulkIndex([
    indexedDocument(document, { contentSha256: 'a'.repeat(64), writtenAt: new Date().toISOString() }),
  ]);
}
const visible = async (assetId: string): Promise<number> =>
  (await index.search({ query: { term: { assetId } }, size: 0, track_total_hits: true })).total;
async function untilVisible(assetId: string, count: number): Promise<void> {
  for (let round = 0; round < 100 && (await visible(assetId)) !== count; round++) await delay(50);
  expect(await visible(assetId)).toBe(count);
}

/** An indexed photo with everything that may hang on one. */
async function fullAsset(): Promise<{ assetId: string; bytes: Buffer; keys: string[] }> {
  const bytes = await photo();
  const [one, other] = [folder(), folder()];
  await upload(`${one}/regatta.jpg.ninjs.json`.replace('.jpg', ''), '{"headline":"Regatta"}');
  const { assetId = '' } = await upload(`${one}/regatta.jpg`, bytes);
  await upload(`${other}/copy.jpg`, bytes);
  await derived.putBytes(derivedKeys.preview(assetId, 'webp'), bytes, { contentType: 'image/webp' });
  await derived.putBytes(shotsWorkKeys.plan(assetId, '00000000'), bytes, { contentType: 'application/json' });
  await write(assetId);
  await untilVisible(assetId, 1);
  await failureQueue.send({
    assetId,
    attempt: 1,
    step: 'describe',
    error: 'Error',
    cause: '',
    reason: 'failed',
    failedAt: new Date().toISOString(),
  });
  return { assetId, bytes, keys: [`${one}/regatta.jpg`, `${other}/copy.jpg`, `${one}/regatta.ninjs.json`] };
}

const why = { reason: 'The court ordered it.', by: 'counsel@example' };
/** Refreshes the archive's vocabulary as its timer would: a count from nothing, begun now. */
const recount = () =>
  derived.putJson(vocabularyKeys.counted, recountDoneSchema, { begunAt: clients.clock.now().toISOString() });

async function withdraw(assetId: string, by: WithdrawClients = clients): Promise<WithdrawalAnswer> {
  let answer = await remove(by, { action: 'remove', assetId, ...why });
  for (let round = 0; round < 50 && answer.state === 'waiting'; round++) {
    shift += Math.max(0, Date.parse(answer.until) - clients.clock.now().getTime());
    if (/vocabulary/.test(answer.why)) await recount();
    await delay(50);
    answer = await prove(by, { action: 'prove', assetId });
  }
  return answer;
}

async function rowsThatName(text: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: table.client }, { TableName: table.tableName }))
    for (const item of Items)
      if (JSON.stringify(item, (_key, value) => (value instanceof Set ? [...value] : value)).includes(text))
        rows.push(String(item['pk']).split('#')[0] ?? '');
  return [...new Set(rows)].sort();
}
async function versionsOf(bucket: string, prefix: string): Promise<number> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }),
  );
  return Versions.length + DeleteMarkers.length;
}

describe('a withdrawal', () => {
  it('takes every version, rendition, document and row away, proves it, and leaves others alone', async () => {
    const [gone, kept] = [await fullAsset(), await fullAsset()];
    expect(await look(clients, { action: 'look', assetId: gone.assetId })).toMatchObject({
      state: 'found',
      stores: { originals: 3, renditions: 1, work: 1, index: 1, failures: 1 },
    });
    const answer = await withdraw(gone.assetId);
    if (answer.state !== 'proved') throw new Error(`${answer.state}: ${JSON.stringify(answer)}`);
    const { statement } = answer.receipt;
    expect(isGenuine(answer.receipt, publicKey)).toBe(true);
    if (statement.act !== 'withdrawal') throw new Error(statement.act);
    expect(Object.fromEntries(statement.stores.map(({ store, removed }) => [store, removed]))).toMatchObject({
      originals: 3,
      renditions: 1,
      work: 1,
      index: 1,
      failures: 1,
    });
    expect(JSON.stringify(answer.receipt)).not.toMatch(/regatta|incoming/i);
    for (const key of gone.keys) expect(await versionsOf('originals', key)).toBe(0);
    expect(await versionsOf('derived', `assets/${gone.assetId}`)).toBe(0);
    expect(await rowsThatName(gone.assetId)).toEqual(['WITHDRAWAL', 'WITHDRAWN-LIKENESS']);
    expect(await rowsThatName(gone.keys[0]?.split('/')[2] ?? 'none')).toEqual([]);
    for (const key of kept.keys) expect(await versionsOf('originals', key)).toBe(1);
    expect(await visible(kept.assetId)).toBe(1);
    expect((await clients.ledger.getAsset(kept.assetId))?.status).toBe('processing');
    // Asked again it looks again, and has the same receipt.
    expect(await withdraw(gone.assetId)).toEqual(answer);
  });

  it('leaves its name in no row of its near-duplicates, whose group goes on without it', async () => {
    const [anchor, first, second, lone, pair] = await Promise.all(Array.from({ length: 5 }, fullAsset));
    const documentOf = ({ assetId }: { assetId: string }) => `${assetId}.photo.0`;
    const enrolled = async ({ assetId }: { assetId: string }, minute: number) => {
      const arrivedAt = `2026-03-01T12:0${minute}:00.000Z`;
      await nearDuplicates.enrol({ assetId, kind: 'photo', arrivedAt, bytes: 1 });
    };
    const likeness = (asset: { assetId: string }, hash: string) => ({
      ...{ assetId: asset.assetId, documentId: documentOf(asset), hashes: { picture: [hash] } },
    });
    if (!anchor || !first || !second || !lone || !pair) throw new Error('too few');
    const hashes = ['00ff00ff00ff00ff', '00ff00ff00ff00fe', '00ff00ff00ff00fd'];
    for (const [at, asset] of [anchor, first, second].entries()) {
      await enrolled(asset, at);
      await nearDuplicates.putLikeness(likeness(asset, hashes[at] ?? ''), new Date());
    }
    // As the later ones found the anchor: it knows nothing of them itself.
    for (const asset of [first, second]) {
      const neighbours = [{ assetId: anchor.assetId, documentId: documentOf(anchor), score: 1 }];
      await nearDuplicates.recordNeighbours({ assetId: asset.assetId, documentId: documentOf(asset) }, neighbours);
      await nearDuplicates.joinNeighbours(asset.assetId, [anchor.assetId]);
    }
    await enrolled(lone, 3);
    await enrolled(pair, 4);
    await nearDuplicates.joinNeighbours(lone.assetId, [pair.assetId]);
    expect((await rowsThatName(anchor.assetId)).includes('ASSET')).toBe(true);
    expect(await look(clients, { action: 'look', assetId: anchor.assetId })).toMatchObject({
      stores: { neighbours: 4 },
    });

    for (const gone of [anchor, lone]) {
      const answer = await withdraw(gone.assetId);
      if (answer.state !== 'proved') throw new Error(answer.state);
      expect(await rowsThatName(gone.assetId)).toEqual(['WITHDRAWAL', 'WITHDRAWN-LIKENESS']);
    }
    const [one, two, alone] = await Promise.all(
      [first, second, pair].map(({ assetId }) => nearDuplicates.getMembership(assetId)),
    );
    expect(one?.groupId).toMatch(new RegExp(`^(${first.assetId}|${second.assetId})\\.`));
    expect(two?.groupId).toBe(one?.groupId);
    expect(alone?.groupId).toBeUndefined();
    expect(await nearDuplicates.neighboursOf(first.assetId, documentOf(first))).toEqual([]);
  });

  it('refuses the same bytes, takes them out of the bucket, and refuses a picture that looks the same', async () => {
    const { assetId, bytes } = await fullAsset();
    await withdraw(assetId);
    const key = `${folder()}/again.jpg`;
    const again = await upload(key, bytes);
    expect(again).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/^This was withdrawn .* The court/),
    });
    expect(again.assetId).toBeUndefined();
    await clearReturns({ withdrawals: clients.withdrawals, originals });
    expect(await versionsOf('originals', key)).toBe(0);
    const alike = await sharp(bytes).resize(200).webp({ quality: 60 }).toBuffer();
    expect(await upload(`${folder()}/alike.webp`, alike)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('looks the same as one that was withdrawn'),
    });
    expect((await upload(`${folder()}/other.jpg`, await photo())).outcome).toBe('admitted');
  });

  it('fences an attempt that is at work, and takes away what it still wrote', async () => {
    const { assetId } = await fullAsset();
    const first = await remove(clients, { action: 'remove', assetId, ...why });
    expect(first).toMatchObject({ state: 'waiting' });
    expect(await clients.executions.statusOf({ assetId, attempt: 1 })).toBe('ABORTED');
    await expect(admitting.ledger.recordStep(assetId, 1, 'describe', { status: 'started' })).rejects.toMatchObject({
      name: 'FencedError',
    });
    await write(assetId, 7);
    await derived.putBytes(derivedKeys.preview(assetId, 'mp4'), Buffer.from('late'), { contentType: 'video/mp4' });
    expect(await prove(clients, { action: 'prove', assetId })).toMatchObject({ state: 'waiting' });
    await untilVisible(assetId, 1);
    expect(await withdraw(assetId)).toMatchObject({ state: 'proved' });
    await untilVisible(assetId, 0);
    expect(await versionsOf('derived', `assets/${assetId}`)).toBe(0);
  });

  it('is not undone by a sidecar that comes in the middle', async () => {
    const { assetId, keys } = await fullAsset();
    await remove(clients, { action: 'remove', assetId, ...why });
    const late = await upload(keys[0]?.replace(/\.jpg$/, '.ninjs.json') ?? '', '{"headline":"Late"}');
    expect(late).toMatchObject({ outcome: 'refused' });
    expect(await withdraw(assetId)).toMatchObject({ state: 'proved' });
    expect(await clients.ledger.getAsset(assetId)).toBeUndefined();
  });

  it('is carried on from wherever it was cut off', async () => {
    for (const cut of withdrawalStores) {
      const { assetId } = await fullAsset();
      let isCut = false;
      const cutting: Store = {
        count: (withdrawn) => clients.stores[cut].count(withdrawn),
        remove: async (withdrawn) => {
          if (isCut) return clients.stores[cut].remove(withdrawn);
          isCut = true;
          await clients.stores[cut].remove(withdrawn);
          throw new Error('killed');
        },
      };
      await expect(withdraw(assetId, { ...clients, stores: { ...clients.stores, [cut]: cutting } })).rejects.toThrow(
        'killed',
      );
      expect(await withdraw(assetId), cut).toMatchObject({ state: 'proved' });
      expect(await rowsThatName(assetId)).toEqual(['WITHDRAWAL', 'WITHDRAWN-LIKENESS']);
    }
  }, 240_000);

  it('can be lifted once it is proved, for a reason, and then lets the same bytes in again, to be worked on', async () => {
    const { assetId, bytes } = await fullAsset();
    await remove(clients, { action: 'remove', assetId, ...why });
    const request = { action: 'lift' as const, assetId, reason: 'The order was overturned.', by: 'counsel@example' };
    expect(await lift(clients, request)).toMatchObject({ state: 'not allowed' });
    await withdraw(assetId);
    const lifted = await lift(clients, request);
    if (lifted.state !== 'lifted') throw new Error(lifted.state);
    expect(isGenuine(lifted.receipt, publicKey)).toBe(true);
    expect(await upload(`${folder()}/back.jpg`, bytes)).toMatchObject({ outcome: 'admitted', assetId });
    // Under the name of its first attempt the workflow would count as started, and nothing would ever run.
    expect(await clients.executions.statusOf({ assetId, attempt: 2 })).toBe('RUNNING');
    expect(await clients.ledger.getAsset(assetId)).toMatchObject({ status: 'processing', attempt: 2 });
    // And may be withdrawn anew, with a receipt of its own.
    expect(await withdraw(assetId)).toMatchObject({ state: 'proved' });
  });

  it('knows nothing of an asset that never was', async () => {
    const assetId = 'f'.repeat(64);
    expect(await remove(clients, { action: 'remove', assetId, ...why })).toEqual({ state: 'unknown' });
    expect(await look(clients, { action: 'look', assetId })).toEqual({ state: 'unknown' });
  });
});
