import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBackfill } from '../../bin/wirescope/backfill.ts';
import { estimateBackfill } from '../../bin/wirescope/backfill-estimate.ts';
import { objectsOf, type SourceObject } from '../../bin/wirescope/backfill-source.ts';
import { ArrivalQueue } from '../../lambdas/clients/arrival-queue.ts';
import { LedgerRows } from '../../lambdas/clients/ledger-rows.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { uploadId } from '../../lambdas/contracts/keys.ts';
import { spelled, synthesised } from '../lib/support/synthesis.ts';
import { DeployedAdmission } from './deployed-admission.ts';

/**
 * The state machine of the template and the real functions on the emulator, which knows listings and hands each object
 * over by itself; batches and inventories are asserted on the template.
 */
let admission: DeployedAdmission;
let s3: S3Client;
let sfn: SFNClient;
let sqs: SQSClient;
let queue: ArrivalQueue;
let stateMachineArn: string;
let buckets: Parameters<typeof objectsOf>[0];

/** Beside the tests' own words, so that nothing waits for room between them. */
const deepest = 12;
const prefix = 'backfill/archive/';

function definition(): string {
  const [, machine] =
    synthesised('local')
      .resources('AWS::StepFunctions::StateMachine')
      .find(([id]) => id.startsWith('Backfill')) ?? [];
  return spelled(machine?.Properties['DefinitionString'])
    .replaceAll(/<BackfillFeed\w+\.Arn>/g, 'arn:aws:lambda:us-east-1:000000000000:function:feed-backfill')
    .replaceAll(/<[^<>]*Originals[^<>]*>/g, 'originals')
    .replaceAll(/<[^<>]*Derived[^<>]*>/g, 'derived')
    .replaceAll('<AWS::Partition>', 'aws');
}

beforeAll(async () => {
  admission = await DeployedAdmission.start(() => {}, { isPatched: true });
  const { client } = admission.emulator;
  s3 = new S3Client({ ...client, forcePathStyle: true });
  sfn = new SFNClient(client);
  sqs = new SQSClient({ ...client, useQueueUrlAsEndpoint: false });
  queue = new ArrivalQueue({ client: sqs, queueUrl: admission.queueUrl });
  await s3.send(new CreateBucketCommand({ Bucket: 'derived' }));
  buckets = { s3, originals: 'originals', derived: 'derived' };
  await admission.deployFunction('feed-backfill', 'operate/feed-backfill.lambda.ts', {
    [environmentNames.backfillQueueUrl]: admission.queueUrl,
    [environmentNames.backfillQueueDepth]: String(deepest),
  });
  const created = await sfn.send(
    new CreateStateMachineCommand({
      name: 'backfill',
      roleArn: 'arn:aws:iam::000000000000:role/backfill',
      definition: definition(),
    }),
  );
  stateMachineArn = created.stateMachineArn ?? '';
}, 180_000);
afterAll(() => admission?.stop());

const soon = { timeout: 120_000, interval: 300 };
const silent = { set: () => {}, stop: () => {} };

async function lay(name: string, body: string | Buffer = `The archive has ${name}.`): Promise<string> {
  const Key = `${prefix}${name}`;
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'originals', Key, Body: body }));
  return uploadId({ bucket: 'originals', key: Key, versionId: VersionId });
}
const clients = () => ({ sfn, stateMachineArn, queue });
const run = () => runBackfill(clients(), { prefix }, { progress: silent, total: 0 });
const outcomes = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await admission.ledger.getUpload(id))?.outcome));
const estimate = (pages: AsyncIterable<readonly SourceObject[]>) =>
  estimateBackfill(
    {
      rows: new LedgerRows(admission.table),
      originalsBucket: 'originals',
      captions: 'off',
      secondsByKind: { story: 36 },
      workflows: 2,
    },
    pages,
  );

describe('a backfill of a prefix', () => {
  it('says what it would be, takes in what lies there, and does nothing twice when it is begun again', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, at) => lay(`story ${at} + é.txt`)));
    expect(await estimate(objectsOf(buckets, { prefix }))).toMatchObject({
      objects: 30,
      known: 0,
      byKind: { story: { objects: 30 } },
      hours: (30 * 36) / 2 / 3600,
    });
    const first = await run();
    expect(first).toMatchObject({ isNew: true, status: 'SUCCEEDED', dealtWith: 30, failed: 0 });
    await expect.poll(() => outcomes(ids), soon).toEqual(ids.map(() => 'admitted'));
    const started = await admission.started();
    expect(started).toHaveLength(30);

    const later = await lay('one more.txt');
    expect(await estimate(objectsOf(buckets, { prefix }))).toMatchObject({ objects: 31, known: 30 });
    await run();
    await expect.poll(() => outcomes([later]), soon).toEqual(['admitted']);
    await expect.poll(() => admission.depth(), soon).toBe(0);
    const again = await admission.started();
    expect(again).toHaveLength(31);
    expect(again.filter((name) => started.includes(name))).toEqual(started);
  }, 240_000);

  it('feeds nothing while the queue is deep, is not begun a second time meanwhile, and goes on once it is not', async () => {
    // Nothing that admit could take: these only lie there, hidden, until they are dead letters.
    const Entries = Array.from({ length: 10 }, (_, at) => ({ Id: String(at), MessageBody: 'weight' }));
    const weigh = () => sqs.send(new SendMessageBatchCommand({ QueueUrl: admission.queueUrl, Entries }));
    await weigh();
    await weigh();
    await expect.poll(() => queue.depth(), soon).toBeGreaterThanOrEqual(deepest);
    const id = await lay('behind a deep queue.txt');
    const [one, other] = [run(), new Promise((later) => setTimeout(later, 1_500)).then(run)];
    await new Promise((later) => setTimeout(later, 2_500));
    expect(await outcomes([id])).toEqual([undefined]);
    await expect.poll(() => queue.depth(), soon).toBeLessThan(deepest);
    const ends = await Promise.all([one, other]);
    expect(ends.map(({ isNew, status, failed }) => [isNew, status, failed])).toEqual([
      [true, 'SUCCEEDED', 0],
      [false, 'SUCCEEDED', 0],
    ]);
    await expect.poll(() => outcomes([id]), soon).toEqual(['admitted']);
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toHaveLength(3);
  }, 240_000);
});

describe('the estimate of an inventory', () => {
  const inventory = async (fileFormat = 'CSV') => {
    const key = 'inventory/originals/weekly/2026-11-22T01-00Z/manifest.json';
    const data = 'inventory/originals/weekly/data/one.csv.gz';
    const rows = [
      '"originals","backfill/archive/story+0+%2B+%C3%A9.txt","","true","false","25"',
      '"originals","backfill/sport/goal.jpg","v1","true","false","2000000"',
      '"originals","backfill/sport/goal.ninjs.json","v1","true","false","400"',
      '"originals","backfill/sport/old.jpg","v0","false","false","1"',
      '"originals","backfill/sport/gone.jpg","v2","true","true",""',
    ];
    await s3.send(new PutObjectCommand({ Bucket: 'derived', Key: data, Body: gzipSync(`${rows.join('\n')}\n`) }));
    const manifest = {
      sourceBucket: 'originals',
      fileFormat,
      fileSchema: 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size',
      files: [{ key: data, size: 1, MD5checksum: '' }],
    };
    await s3.send(new PutObjectCommand({ Bucket: 'derived', Key: key, Body: JSON.stringify(manifest) }));
    return { inventory: { key } };
  };

  it('counts what is there now, by kind, and knows no time without photos to go by', async () => {
    const counted = await estimate(objectsOf(buckets, await inventory()));
    expect(counted).toEqual({
      objects: 3,
      bytes: 2_000_425,
      known: 0,
      byKind: {
        story: { objects: 1, bytes: 25 },
        photo: { objects: 1, bytes: 2_000_000 },
        sidecar: { objects: 1, bytes: 400 },
      },
    });
  });

  it('refuses what it cannot read, in a sentence', async () => {
    const read = async (source: Parameters<typeof objectsOf>[1]) => estimate(objectsOf(buckets, source));
    await expect(read(await inventory('ORC'))).rejects.toThrow(/an inventory in CSV is read/);
    await expect(read({ inventory: { key: 'inventory/nowhere/manifest.json' } })).rejects.toThrow(/cannot be read/);
  });
});
