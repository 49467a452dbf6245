import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redrive, selectAssets } from '../../bin/wirescope/redrive.ts';
import { admitUpload } from '../../lambdas/admit/admit-upload.ts';
import { createUpload } from '../../lambdas/api/create-upload.ts';
import { listUploads } from '../../lambdas/api/list-uploads.ts';
import { showAsset } from '../../lambdas/api/show-asset.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { FailureQueue, failureSchema } from '../../lambdas/clients/failure-queue.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import { Workflow } from '../../lambdas/clients/workflow.ts';
import { assetResponseSchema, uploadsResponseSchema } from '../../lambdas/contracts/api.ts';
import { type Description, descriptionsFileSchema } from '../../lambdas/contracts/documents.ts';
import { derivedKeys, uploadId } from '../../lambdas/contracts/keys.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import { type ObjectCreatedEvent, objectCreatedEventSchema } from '../../lambdas/contracts/workflow.ts';
import { recordOutcome } from '../../lambdas/workflow/record-outcome.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

const originalsName = 'originals';
let emulator: CloudEmulator;
let s3: S3Client;
let sfn: SFNClient;
let sqs: SQSClient;
let ledger: AssetLedger;
let workflow: Workflow;
let withdrawals: Withdrawals;
let originals: MediaBucket;
let derived: MediaBucket;
let stateMachineArn: string;
let queueUrl: string;

beforeAll(async () => {
  emulator = await startCloudEmulator();
  s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  sfn = new SFNClient(emulator.client);
  sqs = new SQSClient({ ...emulator.client, useQueueUrlAsEndpoint: false });
  for (const Bucket of [originalsName, 'derived']) await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: originalsName, VersioningConfiguration }));
  const machine = await sfn.send(
    new CreateStateMachineCommand({
      name: 'workflow',
      roleArn: 'arn:aws:iam::000000000000:role/workflow',
      definition: JSON.stringify({ StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 30, End: true } } }),
    }),
  );
  stateMachineArn = machine.stateMachineArn ?? '';
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'failures' }))).QueueUrl ?? '';
  const table = await createLedgerTable(emulator, 'ledger');
  ledger = new AssetLedger(table);
  withdrawals = new Withdrawals(table);
  workflow = new Workflow({ client: sfn, stateMachineArn });
  originals = new MediaBucket({ client: s3, bucketName: originalsName });
  derived = new MediaBucket({ client: s3, bucketName: 'derived' });
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

async function put(key: string, Body: string | Buffer): Promise<ObjectCreatedEvent> {
  const bytes = Buffer.from(Body);
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: originalsName, Key: key, Body: bytes }));
  return objectCreatedEventSchema.parse({
    id: randomUUID(),
    time: new Date().toISOString(),
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: {
      bucket: { name: originalsName },
      object: { key, size: Buffer.byteLength(Body), 'version-id': VersionId },
    },
  });
}
const objectOf = ({ detail: { object } }: ObjectCreatedEvent) => ({
  key: object.key,
  versionId: object['version-id'],
});
const firstDelivery = () => ({ messageId: randomUUID(), reception: 1 });
const admit = async (event: ObjectCreatedEvent) =>
  (await admitUpload({ originals, ledger, workflow, withdrawals }, event, firstDelivery())).upload;
const upload = async (key: string, body: string | Buffer) => admit(await put(key, body));
const folder = (desk = 'sport') => `incoming/${desk}/${randomUUID()}`;
const story = (words = randomUUID()) => `The harbour opened again on Monday. ${words}`;

async function attemptsOf(assetId: string): Promise<string[]> {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }));
  return executions.flatMap(({ name }) => (name?.startsWith(assetId) ? [name.slice(assetId.length + 1)] : [])).sort();
}
async function existing(assetId: string | undefined): Promise<AssetRecord> {
  const asset = await ledger.getAsset(assetId ?? '');
  if (asset === undefined) throw new Error(`no asset ${assetId}`);
  return asset;
}

describe('admitting', () => {
  it('takes a photo with spaces, plus signs and accents in its name, and starts one attempt', async () => {
    const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#357' } })
      .jpeg()
      .toBuffer();
    const event = await put(`${folder()}/été + 50% – Łódź.jpg`, photo);
    const first = await admit(event);
    expect(first).toMatchObject({ outcome: 'admitted', desk: 'sport', bytes: photo.length });
    expect(await admit(event)).toEqual(first);
    const asset = await existing(first.assetId);
    expect(asset).toMatchObject({ kind: 'photo', mediaType: 'image/jpeg', fileName: 'été + 50% – Łódź.jpg' });
    expect(asset.perceptualHash).toMatch(/^[0-9a-f]{16}$/);
    expect(await attemptsOf(asset.assetId)).toEqual(['1']);
  });

  it('hears of a clip once that is written under its key again and again', async () => {
    const key = `${folder()}/clip.mp4`;
    const write = () => originals.putBytesOnce(key, Buffer.from('clip'), { contentType: 'video/mp4' });
    const written = await Promise.all(Array.from({ length: 10 }, write));
    expect(written.filter((isWritten) => isWritten)).toHaveLength(1);
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: originalsName, Prefix: key }));
    expect(Versions).toHaveLength(1);
  });

  it('makes one asset and one attempt of the same bytes that come ten times at once', async () => {
    const words = story();
    const events = await Promise.all(Array.from({ length: 10 }, (_, at) => put(`${folder()}/copy ${at}.txt`, words)));
    const uploads = await Promise.all(events.map(admit));
    expect(new Set(uploads.map(({ assetId }) => assetId)).size).toBe(1);
    expect(uploads.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(1);
    expect(uploads.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(9);
    expect(await attemptsOf(uploads[0]?.assetId ?? '')).toEqual(['1']);
  });

  it('loses nothing where it ends between claim and start', async () => {
    const event = await put(`${folder()}/a.txt`, story());
    const broken = {
      start: async () => {
        throw new Error('killed');
      },
    } as unknown as Workflow;
    await expect(
      admitUpload({ originals, ledger, workflow: broken, withdrawals }, event, firstDelivery()),
    ).rejects.toThrow('killed');
    const redelivered = await admit(event);
    expect(redelivered.outcome).toBe('admitted');
    expect(await attemptsOf(redelivered.assetId ?? '')).toEqual(['1']);
  });

  it('sets a file aside that has crashed its worker three times, and admits it where it is delivered anew', async () => {
    const event = await put(`${folder()}/a.txt`, story());
    const messageId = randomUUID();
    for (const reception of [1, 2, 4]) await ledger.beginDelivery({ messageId, reception });
    const clients = { originals, ledger, workflow, withdrawals };
    await expect(admitUpload(clients, event, { messageId, reception: 5 })).rejects.toThrow(
      /crashed its worker 3 times/,
    );
    const setAside = await ledger.getUpload(uploadId({ bucket: originalsName, ...objectOf(event) }));
    expect(setAside).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/nothing is lost/) });
    expect((await admit(event)).outcome).toBe('admitted');
    expect((await admit(event)).outcome).toBe('admitted');
  });

  it('counts neither an answered failure nor a note that was sent twice for a crash', async () => {
    const event = await put(`${folder()}/a.txt`, story());
    const messageId = randomUUID();
    for (const reception of [1, 2, 2, 2, 3]) await ledger.beginDelivery({ messageId, reception });
    await ledger.answerDelivery({ messageId, reception: 3 });
    const { upload: admitted } = await admitUpload({ originals, ledger, workflow, withdrawals }, event, {
      messageId,
      reception: 4,
    });
    expect(admitted.outcome).toBe('admitted');
  });

  it.each([
    ['zero bytes', `${folder()}/a.jpg`, '', /zero bytes/],
    ['a playlist dressed as a video', `${folder()}/a.mp4`, '#EXTM3U\nhttp://internal/', /playlist/],
    ['a key that climbs', 'incoming/sport/../politics/a.txt', 'x', /This key is not taken/],
    ['a key without a desk', 'incoming/a.txt', 'x', /This key is not taken/],
    ['a desk that is none', 'incoming/Sport!/a.txt', 'x', /This key is not taken/],
    ['a broken sidecar', `${folder()}/a.ninjs.json`, '{"uri":', /not valid JSON/],
    ['control characters', `${folder()}/a.txt`, 'a\0b'.repeat(20), /no known type/],
  ])('refuses %s with a reason, and the next asset goes through', async (_, key, body, sentence) => {
    const refused = await upload(key, body);
    expect(refused).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(sentence) });
    expect(refused.assetId).toBeUndefined();
    expect((await upload(`${folder()}/next.txt`, story())).outcome).toBe('admitted');
  });

  it('shows a refused key to the desk it names, or to nobody’s desk', async () => {
    expect((await upload('incoming/sport/../politics/b.txt', 'x')).desk).toBe('sport');
    expect((await upload('incoming/Sport!/b.txt', 'x')).desk).toBe('unassigned');
  });

  it('says of a file that is gone that it was deleted', async () => {
    const event = await put(`${folder()}/a.txt`, story());
    const { key, 'version-id': VersionId } = event.detail.object;
    await s3.send(new DeleteObjectCommand({ Bucket: originalsName, Key: key, VersionId }));
    expect(await admit(event)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/deleted/) });
  });

  it('answers the bytes of a refused asset with the reason it was refused for', async () => {
    const words = story();
    const { assetId = '' } = await upload(`${folder()}/a.txt`, words);
    await ledger.settleAsset(assetId, 1, { status: 'refused', reason: 'This story has no words.' });
    const again = await upload(`${folder()}/b.txt`, words);
    expect(again).toMatchObject({ outcome: 'refused', assetId, reason: 'This story has no words.' });
    expect(await attemptsOf(assetId)).toEqual(['1']);
  });
});

describe('sidecars', () => {
  const sidecar = JSON.stringify({ uri: 'urn:example:1', headline: 'Harbour' });
  const started = { status: 'started' } as const;

  it('that come first are there when the asset is described', async () => {
    const stem = `${folder()}/a`;
    expect(await upload(`${stem}.ninjs.json`, sidecar)).toMatchObject({ outcome: 'sidecar' });
    const { assetId = '' } = await upload(`${stem}.txt`, story());
    expect(await ledger.getSidecars(originalsName, (await existing(assetId)).stem)).toHaveLength(1);
    expect(await attemptsOf(assetId)).toEqual(['1']);
  });

  it('that come before the asset is described start nothing more', async () => {
    const stem = `${folder()}/a`;
    const { assetId = '' } = await upload(`${stem}.txt`, story());
    await ledger.recordStep(assetId, 1, 'shots', started);
    expect(await upload(`${stem}.ninjs.json`, sidecar)).toMatchObject({ outcome: 'sidecar', assetId });
    expect(await attemptsOf(assetId)).toEqual(['1']);
  });

  it('that come later start one new attempt, which overtakes the running one', async () => {
    const stem = `${folder()}/a`;
    const { assetId = '' } = await upload(`${stem}.txt`, story());
    await ledger.recordStep(assetId, 1, 'describe', started);
    const event = await put(`${stem}.ninjs.json`, sidecar);
    await admit(event);
    await admit(event);
    expect(await attemptsOf(assetId)).toEqual(['1', '2']);
    await expect(ledger.recordStep(assetId, 1, 'enrich', started)).rejects.toHaveProperty('name', 'FencedError');
  });

  it('count where the same bytes come again beside them, from the asset’s own desk only', async () => {
    const words = story();
    const { assetId = '' } = await upload(`${folder('sport')}/a.txt`, words);
    await ledger.completeAsset(assetId, 1, { documentCount: 1 });
    const [own, foreign] = [`${folder('sport')}/b`, `${folder('politics')}/c`];
    await upload(`${foreign}.ninjs.json`, sidecar);
    await upload(`${foreign}.txt`, words);
    expect(await attemptsOf(assetId)).toEqual(['1']);
    await upload(`${own}.ninjs.json`, sidecar);
    expect((await upload(`${own}.txt`, words)).outcome).toBe('duplicate');
    expect(await attemptsOf(assetId)).toEqual(['1', '2']);
    expect(await existing(assetId)).toMatchObject({ stem: own, attempt: 2, status: 'processing' });
  });
});

describe('ends and redrives', () => {
  const noIndex = {
    deleteByIds: async () => {
      throw new Error('not declared');
    },
  };
  const inputOf = ({ assetId, attempt, kind, desk, original }: AssetRecord) => ({
    assetId,
    attempt,
    kind,
    desk,
    original,
  });
  const failureQueue = () => new FailureQueue({ client: sqs, queueUrl });
  const failed = async (error = 'EndpointUnavailableError') => {
    const { assetId } = await upload(`${folder()}/a.txt`, story());
    const asset = await existing(assetId);
    const clients = { ledger, failureQueue: failureQueue(), copies: noIndex };
    await recordOutcome(clients, { ...inputOf(asset), outcome: 'failed', step: 'enrich', error, cause: 'no answer' });
    return asset;
  };

  it('puts a failure into the ledger and the queue, and takes it out again with the next attempt', async () => {
    const [asset, other] = [await failed('OneError'), await failed('OtherError')];
    expect(await existing(asset.assetId)).toMatchObject({ status: 'failed', steps: { enrich: { status: 'failed' } } });
    const clients = { ledger, workflow, failureQueue: failureQueue() };
    const selected = await selectAssets(ledger, { reason: 'OneError' });
    expect(selected.map(({ assetId }) => assetId)).toEqual([asset.assetId]);
    const dry = await redrive(clients, selected, { isDryRun: true, isStuck: false });
    expect(dry).toMatchObject({ messagesTaken: 0, assets: [{ assetId: asset.assetId }] });
    expect(await attemptsOf(asset.assetId)).toEqual(['1']);
    const report = await redrive(clients, selected, { isDryRun: false, isStuck: false });
    expect(report).toMatchObject({ messagesTaken: 1, assets: [{ attempt: 2 }] });
    expect(await attemptsOf(asset.assetId)).toEqual(['1', '2']);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    const left = Messages.map(({ Body }) => failureSchema.parse(JSON.parse(Body ?? '')));
    expect(left).toMatchObject([{ assetId: other.assetId, step: 'enrich', error: 'OtherError', cause: 'no answer' }]);
  });

  it('changes nothing where a later attempt has taken over', async () => {
    const asset = await failed();
    await ledger.beginAttempt(asset.assetId, { reason: 'redrive', expectedAttempt: 1 });
    const recorded = await recordOutcome(
      { ledger, failureQueue: failureQueue(), copies: noIndex },
      { ...inputOf(asset), outcome: 'refused', step: 'describe', reason: 'late' },
    );
    expect(recorded.isRecorded).toBe(false);
    expect(await existing(asset.assetId)).toMatchObject({ status: 'processing', attempt: 2 });
  });

  it('takes a withdrawn asset’s documents out of the index by the ids that the ledger owns', async () => {
    const asset = await existing((await upload(`${folder()}/a.txt`, story())).assetId);
    for (const ordinal of [0, 1]) {
      const document = { assetId: asset.assetId, documentId: `${asset.assetId}.passage.${ordinal}`, attempt: 1 };
      const intention = await ledger.intendDocument(
        { ...document, contentSha256: String(ordinal) },
        { leaseSeconds: 60 },
      );
      if (ordinal === 0 && !intention.isWritten) await ledger.confirmDocument(intention.claim, 'generated');
    }
    const deleted: string[] = [];
    const copies = { deleteByIds: async (ids: readonly string[]) => deleted.push(...ids) };
    const input = { ...inputOf(asset), outcome: 'withdrawn' as const, step: 'describe' as const, reason: 'Killed.' };
    const recorded = await recordOutcome({ ledger, failureQueue: failureQueue(), copies }, input);
    expect(recorded).toMatchObject({ isRecorded: true, documentsRemoved: 1 });
    expect(deleted).toEqual(['generated']);
    expect(await ledger.listDocuments(asset.assetId)).toEqual([]);
    expect(await existing(asset.assetId)).toMatchObject({ status: 'withdrawn', reason: 'Killed.' });
  });

  it('starts the attempt that was begun and never started, instead of another one', async () => {
    const asset = await failed();
    const begun = await ledger.beginAttempt(asset.assetId, { reason: 'redrive', expectedAttempt: 1 });
    const clients = { ledger, workflow, failureQueue: failureQueue() };
    expect(await redrive(clients, [begun], { isDryRun: false, isStuck: true })).toMatchObject({
      assets: [{ attempt: 2 }],
    });
    expect(await redrive(clients, [begun], { isDryRun: false, isStuck: true })).toMatchObject({
      assets: [{ attempt: 3 }],
    });
    expect(await attemptsOf(asset.assetId)).toEqual(['1', '2', '3']);
  });
});

describe('the API', () => {
  it('takes a file by its signed address, and lists it with how far its asset has come', async () => {
    const desk = `desk-${randomUUID().slice(0, 8)}`;
    const words = story();
    const slot = await createUpload(originals, { fileName: 'Größe + 1.txt', desk, bytes: Buffer.byteLength(words) });
    const answer = await fetch(slot.url, { method: 'PUT', headers: slot.headers, body: words });
    expect(answer.status).toBe(200);
    const event = await put(slot.key, words);
    await admit(event);
    const listed = uploadsResponseSchema.parse(await listUploads(ledger, { desk, key: slot.key }, 'all'));
    expect(listed.uploads).toMatchObject([
      {
        fileName: 'Größe + 1.txt',
        outcome: 'admitted',
        asset: { status: 'processing', steps: { admit: { status: 'done' } } },
      },
    ]);
    expect(await ledger.listDesks()).toContain(desk);
  });

  it('shows a story that is out, as a download that is no page, and holds back one under embargo', async () => {
    const { assetId = '' } = await upload(`${folder()}/Größe.html`, `<p>${story()}</p><script>alert(1)</script>`);
    const describedAs = (embargoUntil?: string): Description => ({
      documentId: `${assetId}.passage.0`,
      assetId,
      kind: 'passage',
      assetKind: 'story',
      ordinal: 0,
      desk: 'sport',
      title: 'Harbour',
      text: 'The harbour opened.',
      context: '',
      keywords: [],
      people: [],
      arrivedAt: new Date().toISOString(),
      provenance: 'text',
      rights: { withheld: false, ...(embargoUntil === undefined ? {} : { embargoUntil }) },
    });
    const clients = { ledger, originals, derived, withdrawals };
    await expect(showAsset(clients, assetId)).rejects.toMatchObject({ status: 409 });
    const file = derivedKeys.descriptions(assetId, 1);
    await derived.putJson(file, descriptionsFileSchema, { assetId, attempt: 1, descriptions: [describedAs()] });
    const asset = assetResponseSchema.parse(await showAsset(clients, assetId));
    expect(asset).toMatchObject({ title: 'Harbour', passages: [{ text: 'The harbour opened.' }] });
    // The emulator leaves both out of its answer, so what is asserted is what S3 is asked for.
    const asked = new URL(asset.originalUrl).searchParams;
    expect(asked.get('response-content-disposition')).toBe("attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.html");
    expect(asked.get('response-content-type')).toBe('application/octet-stream');
    expect((await fetch(asset.originalUrl)).status).toBe(200);
    const embargoed = { assetId, attempt: 1, descriptions: [describedAs('2999-01-01T00:00:00Z')] };
    await derived.putJson(file, descriptionsFileSchema, embargoed);
    await expect(showAsset(clients, assetId)).rejects.toMatchObject({ status: 403 });
    await expect(showAsset(clients, '0'.repeat(64))).rejects.toMatchObject({ status: 404 });
  });
});
