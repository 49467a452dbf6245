import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { uploadId } from '../../lambdas/contracts/keys.ts';
import type { UploadRecord } from '../../lambdas/contracts/ledger.ts';
import { FaultProxy } from '../../local/faults/proxy.ts';
import { places, root } from '../../setup/places.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** Admission as it runs in Lambda, fed by its queue; the proxy ends its process whenever it touches the poison. */
const bucket = 'originals';
let folder: string;
let emulator: CloudEmulator;
let proxy: FaultProxy;
let s3: S3Client;
let sqs: SQSClient;
let ledger: AssetLedger;
let queueUrl: string;
let deadLettersUrl: string;
let kills = 0;
let poison: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wirescope-poison-'));
  emulator = await startCloudEmulator();
  proxy = new FaultProxy({
    upstreams: { aws: { listenPort: 0, to: emulator.endpoint } },
    isSpared: () => false,
    observe: () => {},
  });
  await proxy.start();
  proxy.plan = {
    next: ({ service, subject }) => {
      if (service !== 's3' || poison === undefined || subject !== poison) return undefined;
      kills += 1;
      return { kind: 'kill before' };
    },
  };
  s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  sqs = new SQSClient({ ...emulator.client, useQueueUrlAsEndpoint: false });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  ledger = new AssetLedger(await createLedgerTable(emulator, 'ledger'));
  const definition = { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 30, End: true } } };
  const { stateMachineArn = '' } = await new SFNClient(emulator.client).send(
    new CreateStateMachineCommand({
      name: 'workflow',
      roleArn: 'arn:aws:iam::000000000000:role/workflow',
      definition: JSON.stringify(definition),
    }),
  );
  await deployAdmission(stateMachineArn);
}, 120_000);
afterAll(async () => {
  await proxy?.stop();
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function createQueue(QueueName: string, Attributes: Record<string, string>): Promise<[string, string]> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return [QueueUrl, answer.Attributes?.['QueueArn'] ?? ''];
}

async function callLambda(resource: string, body: object): Promise<void> {
  const answer = await fetch(`${emulator.endpoint}/2015-03-31/${resource}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${resource}: ${answer.status} ${await answer.text()}`);
}

async function deployAdmission(stateMachineArn: string): Promise<void> {
  const code = path.join(folder, 'index.js');
  await build({
    entryPoints: [path.join(root, 'lambdas/admit/admit-uploads.lambda.ts')],
    outfile: code,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    external: ['sharp'],
  });
  const archive = path.join(folder, 'code.zip');
  await execa(places.pythonBinary, ['-m', 'zipfile', '-c', archive, code]);
  let deadLettersArn: string;
  let queueArn: string;
  [deadLettersUrl, deadLettersArn] = await createQueue('dead', {});
  [queueUrl, queueArn] = await createQueue('uploads', {
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLettersArn, maxReceiveCount: 5 }),
  });
  await callLambda('functions', {
    FunctionName: 'admit',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::000000000000:role/admit',
    Timeout: 30,
    Code: { ZipFile: (await readFile(archive)).toString('base64') },
    Environment: {
      Variables: {
        AWS_ENDPOINT_URL: proxy.addressOf('aws'),
        NODE_PATH: path.join(root, 'node_modules'),
        PATH: `${path.join(root, 'node_modules', '.bin')}:${process.env['PATH']}`,
        POWERTOOLS_METRICS_NAMESPACE: 'Wirescope',
        [environmentNames.environment]: 'test',
        [environmentNames.originalsBucket]: bucket,
        [environmentNames.ledgerTable]: 'ledger',
        [environmentNames.stateMachineArn]: stateMachineArn,
        [environmentNames.backfillExecutions]: '2',
      },
    },
  });
  await callLambda('event-source-mappings/', {
    FunctionName: 'admit',
    EventSourceArn: queueArn,
    BatchSize: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
}

/** @returns the upload's id. */
async function put(name: string): Promise<{ id: string; event: string }> {
  const key = `incoming/sport/${name}`;
  const Body = `The harbour opened again on Monday. ${randomUUID()}`;
  const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  const event = JSON.stringify({
    id: randomUUID(),
    time: new Date().toISOString(),
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: bucket }, object: { key, size: Body.length, 'version-id': VersionId } },
  });
  return { id: uploadId({ bucket, key, versionId: VersionId }), event };
}

const deliver = (event: string) => sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: event }));
const outcomeOf = async (id: string): Promise<UploadRecord['outcome'] | undefined> =>
  (await ledger.getUpload(id))?.outcome;
const soon = { timeout: 40_000, interval: 250 };

it('sets a file aside whose worker dies three times, and holds up none of those that came with it', async () => {
  const uploads = await Promise.all(Array.from({ length: 5 }, (_, at) => put(`story ${at}.txt`)));
  const [first, bad, ...others] = uploads;
  if (first === undefined || bad === undefined) throw new Error('nothing was put');
  poison = bad.id;
  for (const { event } of uploads) await deliver(event);
  for (const { id } of [first, ...others]) await expect.poll(() => outcomeOf(id), soon).toBe('admitted');
  await expect.poll(() => outcomeOf(bad.id), soon).toBe('failed');
  expect(kills).toBe(3);
  expect((await ledger.getUpload(bad.id))?.reason).toMatch(/crashed its worker 3 times/);
  const deadLetters = async () => {
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: deadLettersUrl, AttributeNames }));
    return answer.Attributes?.['ApproximateNumberOfMessages'];
  };
  await expect.poll(deadLetters, soon).toBe('1');

  poison = undefined;
  await deliver(bad.event);
  await expect.poll(() => outcomeOf(bad.id), soon).toBe('admitted');
});
