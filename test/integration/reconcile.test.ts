import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admitUpload } from '../../lambdas/admit/admit-upload.ts';
import { ArrivalQueue } from '../../lambdas/clients/arrival-queue.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { Executions } from '../../lambdas/clients/executions.ts';
import { IndexLedger } from '../../lambdas/clients/index-ledger.ts';
import { LedgerRows } from '../../lambdas/clients/ledger-rows.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { NearDuplicates } from '../../lambdas/clients/near-duplicates.ts';
import { ObjectVersions } from '../../lambdas/clients/object-versions.ts';
import { Releases } from '../../lambdas/clients/releases.ts';
import { indexedDocument, VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import { Workflow } from '../../lambdas/clients/workflow.ts';
import type { S3Object } from '../../lambdas/contracts/assets.ts';
import { derivedKeys, uploadId } from '../../lambdas/contracts/keys.ts';
import type { DifferenceKind, Reconciliation } from '../../lambdas/contracts/reconciliation.ts';
import { objectCreatedEventSchema } from '../../lambdas/contracts/workflow.ts';
import { runOf } from '../../lambdas/operate/reconcile/run.ts';
import { leftOf, type Phases } from '../../lambdas/operate/reconcile/walk.ts';
import { phasesOf } from '../../lambdas/operate/reconcile/wiring.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';
import { sampleDocument, testIndexBody } from './search/sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search/search-node.ts';

let emulator: CloudEmulator;
let node: SearchNode;
let s3: S3Client;
let sqs: SQSClient;
let queueUrl: string;
let ledger: AssetLedger;
let withdrawals: Withdrawals;
let workflow: Workflow;
let executions: Executions;
let originals: MediaBucket;
let derived: MediaBucket;
let index: VectorIndex;
let other: VectorIndex;
let otherLedger: IndexLedger;
let nearDuplicates: NearDuplicates;
let releases: Releases;
let phases: Phases;
const carriedOn: string[] = [];
/** Two hours on, nothing that was planted counts as being under way. */
const now = () => new Date(Date.now() + 2 * 3600 * 1000);

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
  sqs = new SQSClient({ ...emulator.client, useQueueUrlAsEndpoint: false });
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'admit' }))).QueueUrl ?? '';
  const table = await createLedgerTable(emulator, 'ledger');
  ledger = new AssetLedger(table);
  withdrawals = new Withdrawals(table);
  workflow = new Workflow({ client: sfn, stateMachineArn });
  executions = new Executions({ client: sfn, stateMachineArn });
  originals = new MediaBucket({ client: s3, bucketName: 'originals' });
  derived = new MediaBucket({ client: s3, bucketName: 'derived' });
  index = new VectorIndex({ endpoint: node.endpoint, indexName: 'reconciled', region: 'us-east-1' });
  await index.prepare(testIndexBody());
  other = new VectorIndex({ endpoint: node.endpoint, indexName: 'next', region: 'us-east-1', hasQualifiedIds: true });
  await other.prepare(testIndexBody());
  otherLedger = new IndexLedger(table, 'next');
  nearDuplicates = new NearDuplicates(table);
  releases = new Releases(table);
  const queue = new ArrivalQueue({ client: sqs, queueUrl });
  phases = phasesOf({
    rows: new LedgerRows(table),
    ledger,
    withdrawals,
    executions,
    workflow,
    heads: originals,
    originals: new ObjectVersions({ client: s3, bucketName: 'originals' }),
    derived: new ObjectVersions({ client: s3, bucketName: 'derived' }),
    releases,
    nearDuplicates,
    indexes: async () => [
      { name: 'reconciled', isCurrent: true, isActive: true, index, ledger: new IndexLedger(table, undefined) },
      { name: 'next', isCurrent: false, isActive: true, index: other, ledger: otherLedger },
    ],
    announce: (object: S3Object) => queue.announce(object, { time: new Date() }),
    carryOn: async (assetId) => void carriedOn.push(assetId),
    now,
  });
}, 300_000);
afterAll(async () => {
  await Promise.all([emulator?.stop(), node?.stop()]);
});

const words = () => `The harbour opened again. ${randomUUID()}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function put(body: string): Promise<S3Object> {
  const key = `incoming/sport/${randomUUID()}/a.txt`;
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'originals', Key: key, Body: body }));
  return { bucket: 'originals', key, versionId: VersionId };
}

/** An asset as admit leaves it, and its upload. */
async function admitted({ isStarted = true } = {}): Promise<{ assetId: string; object: S3Object }> {
  const body = words();
  const object = await put(body);
  const assetId = sha256(body);
  const { asset } = await ledger.claimAsset({
    assetId,
    kind: 'story',
    desk: 'sport',
    original: object,
    stem: object.key.replace(/\.txt$/, ''),
    fileName: 'a.txt',
    mediaType: 'text/plain',
    bytes: body.length,
  });
  await putUpload(object, assetId);
  if (isStarted) await workflow.start(asset);
  return { assetId, object };
}
const putUpload = (object: S3Object, assetId: string) =>
  ledger.putUpload({
    uploadId: uploadId(object),
    desk: 'sport',
    object,
    fileName: 'a.txt',
    outcome: 'admitted',
    assetId,
    arrivedAt: new Date().toISOString(),
  });

/** The same, indexed with one document, which the ledger owns and the index shows. */
async function indexed(): Promise<{ assetId: string; documentId: string; indexId: string; object: S3Object }> {
  const { assetId, object } = await admitted();
  const documentId = `${assetId}.photo.0`;
  const indexId = await write(assetId);
  const intention = await ledger.intendDocument(
    { documentId, assetId, attempt: 1, contentSha256: 'a'.repeat(64) },
    { leaseSeconds: 60 },
  );
  if (intention.isWritten) throw new Error('a new document counts as written');
  await ledger.confirmDocument(intention.claim, indexId);
  await ledger.completeAsset(assetId, 1, { documentCount: 1 });
  return { assetId, documentId, indexId, object };
}
async function write(assetId: string, into = index): Promise<string> {
  const document = sampleDocument(`Asset ${assetId}`, 'A regatta.', { assetId });
  const [result] = await into.bulkIndex([
    indexedDocument(document, { contentSha256: 'a'.repeat(64), writtenAt: new Date().toISOString() }),
  ]);
  if (result === undefined || !('indexId' in result)) throw new Error('not written');
  await delay(400);
  return result.indexId;
}

/** A document of an asset in the other version's index, owned by its row. */
async function confirmedInNext(assetId: string): Promise<string> {
  const intention = await otherLedger.intendDocument(
    { documentId: `${assetId}.photo.0`, assetId, attempt: 1, contentSha256: 'a'.repeat(64) },
    { leaseSeconds: 60 },
  );
  if (intention.isWritten) throw new Error('a new document counts as written');
  const indexId = await write(assetId, other);
  await otherLedger.confirmDocument(intention.claim, indexId);
  return indexId;
}

async function reconcile(isDryRun = false): Promise<Reconciliation> {
  await delay(500);
  return runOf({ phases, reports: derived }, { begin: { isDryRun } }, { now, hasTime: () => true });
}
/** What admit's queue holds is admitted, as its function would. */
async function drainQueue(): Promise<void> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return;
    for (const { Body = '', ReceiptHandle, MessageId = '' } of Messages) {
      const event = objectCreatedEventSchema.parse(JSON.parse(Body));
      await admitUpload({ originals, ledger, workflow, withdrawals }, event, { messageId: MessageId, reception: 1 });
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}

/** Withdrawn once and let in again: an asset like any other. */
async function lifted(assetId: string): Promise<void> {
  const decision = { reason: 'A court ordered it.', by: 'test' };
  await withdrawals.begin({ assetId, kind: 'story', ...decision });
  await withdrawals.markProved(assetId, { receiptKey: 'receipts/l', provedAt: new Date().toISOString() });
  await withdrawals.lift(assetId, { ...decision, at: new Date().toISOString() });
}

describe('the reconciliation', () => {
  it('finds nothing where nothing is wrong, in the index of either embedding version', async () => {
    await admitted();
    await confirmedInNext((await indexed()).assetId);
    const walked = await reconcile();
    expect(walked.found).toEqual({});
    expect(walked.seen).toMatchObject({ documents: 2, objects: 2 });
    expect(walked.endedAt).toBeDefined();
  });

  it.each<[DifferenceKind, () => Promise<unknown>]>([
    ['object without upload record', () => put(words())],
    ['upload without asset', async () => putUpload(await put(words()), 'e'.repeat(64))],
    ['processing without execution', () => admitted({ isStarted: false })],
    ['processing without execution', async () => lifted((await admitted({ isStarted: false })).assetId)],
    [
      'upload without asset',
      async () => {
        await lifted('1'.repeat(64));
        await putUpload(await put(words()), '1'.repeat(64));
      },
    ],
    [
      'derived objects without an asset',
      async () => {
        const assetId = '2'.repeat(64);
        await lifted(assetId);
        await derived.putBytes(derivedKeys.preview(assetId, 'webp'), Buffer.from('x'), { contentType: 'image/webp' });
      },
    ],
    [
      'indexed without documents',
      async () => {
        const { assetId, documentId, indexId } = await indexed();
        await ledger.forgetDocument(assetId, documentId, { upToAttempt: 1 });
        await index.deleteByIds([indexId]);
      },
    ],
    ['confirmed document not in the index', async () => index.deleteByIds([(await indexed()).indexId])],
    ['document without owner', async () => write((await indexed()).assetId)],
    ['document without owner', async () => write((await indexed()).assetId, other)],
    [
      'confirmed document not in the index',
      async () => {
        const { assetId } = await indexed();
        await other.deleteByIds([await confirmedInNext(assetId)]);
      },
    ],
    [
      'near-duplicate of a withdrawn asset',
      async () => {
        const { assetId } = await indexed();
        const gone = sha256(randomUUID());
        const documentId = `${assetId}.photo.0`;
        await nearDuplicates.putLikeness(
          { assetId, documentId, hashes: { picture: ['0123456789abcdef'] } },
          new Date(),
        );
        const neighbours = [{ assetId: gone, documentId: `${gone}.photo.0`, score: 1 }];
        await nearDuplicates.recordNeighbours({ assetId, documentId }, neighbours);
        await withdrawals.begin({ assetId: gone, kind: 'photo', reason: 'A court ordered it.', by: 'test' });
        await withdrawals.markProved(gone, { receiptKey: 'receipts/g', provedAt: new Date().toISOString() });
      },
    ],
    [
      'ended embargo without its release',
      async () => {
        const { assetId } = await admitted();
        const embargoUntil = new Date(Date.now() + 30 * 60_000).toISOString();
        await ledger.recordStep(
          assetId,
          1,
          'describe',
          { status: 'done' },
          { hold: { withheld: false, embargoUntil } },
        );
        await ledger.completeAsset(assetId, 1, { documentCount: 0 });
      },
    ],
    [
      'derived objects without an asset',
      () =>
        derived.putBytes(derivedKeys.preview('d'.repeat(64), 'webp'), Buffer.from('x'), { contentType: 'image/webp' }),
    ],
    [
      'derived objects of a withdrawn asset',
      async () => {
        const assetId = 'c'.repeat(64);
        await withdrawals.begin({ assetId, kind: 'story', reason: 'A court ordered it.', by: 'test' });
        await withdrawals.markProved(assetId, { receiptKey: 'receipts/c', provedAt: new Date().toISOString() });
        await derived.putBytes(derivedKeys.preview(assetId, 'mp4'), Buffer.from('x'), { contentType: 'video/mp4' });
      },
    ],
  ])('names %s, mends it, and has nothing left to explain', async (kind, plant) => {
    await plant();
    const dry = await reconcile(true);
    expect(dry.found).toEqual({ [kind]: 1 });
    expect(dry.repaired).toEqual({});
    const walked = await reconcile();
    // What mends an upload's record leaves its object to the walk over the bucket.
    const follows = kind === 'upload without asset' ? { 'object without upload record': 1 } : {};
    expect(walked.found).toEqual({ [kind]: 1, ...follows });
    expect(leftOf(walked)).toBe(0);
    await drainQueue();
    expect((await reconcile()).found).toEqual({});
  });

  it('carries on a withdrawal that was cut off', async () => {
    const assetId = 'b'.repeat(64);
    await withdrawals.begin({ assetId, kind: 'story', reason: 'A court ordered it.', by: 'test' });
    expect((await reconcile()).found).toEqual({ 'withdrawal without receipt': 1 });
    expect(carriedOn).toEqual([assetId]);
    await withdrawals.markProved(assetId, { receiptKey: 'receipts/b', provedAt: new Date().toISOString() });
  });

  it('leaves to people what nothing can mend, and says so', async () => {
    const { assetId, object } = await indexed();
    const versions = new ObjectVersions({ client: s3, bucketName: 'originals' });
    await versions.delete([{ key: object.key, versionId: object.versionId ?? '' }]);
    const gone = await put(words());
    await putUpload(gone, 'f'.repeat(64));
    await versions.delete([{ key: gone.key, versionId: gone.versionId ?? '' }]);
    const walked = await reconcile();
    expect(walked.found).toEqual({ 'asset without original': 1, 'upload without asset or object': 1 });
    expect(leftOf(walked)).toBe(2);
    expect(walked.examples).toContainEqual({ kind: 'asset without original', about: assetId, isRepaired: false });
  });
});
