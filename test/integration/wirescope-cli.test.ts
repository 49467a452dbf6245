import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../bin/wirescope/exit-codes.ts';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { FailureQueue } from '../../lambdas/clients/failure-queue.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { signReceipt } from '../../lambdas/clients/receipt.ts';
import { ReceiptKey } from '../../lambdas/clients/receipt-key.ts';
import { Releases } from '../../lambdas/clients/releases.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import { uploadId } from '../../lambdas/contracts/keys.ts';
import { receiptKey, receiptSchema, withdrawalStores } from '../../lambdas/contracts/withdrawal.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

const [failedId, indexedId, goneId] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
let emulator: CloudEmulator;
let table: LedgerTable;
let ledger: AssetLedger;
let folder: string;
let sqs: SQSClient;
let queueUrl: string;
let s3: S3Client;
let signingKey: ReceiptKey;

/** A stack that has these outputs and one queue of no importance. */
async function createStack(client: CloudFormationClient, name: string, outputs: Record<string, string>): Promise<void> {
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
  const Resources = { Queue: { Type: 'AWS::SQS::Queue' } };
  await client.send(new CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify({ Resources, Outputs }) }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { StackName: name });
}

beforeAll(async () => {
  emulator = await startCloudEmulator();
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-cli-'));
  table = await createLedgerTable(emulator, 'ledger');
  ledger = new AssetLedger(table);
  sqs = new SQSClient({ ...emulator.client, useQueueUrlAsEndpoint: false });
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'failures' }))).QueueUrl ?? '';
  const { stateMachineArn = '' } = await new SFNClient(emulator.client).send(
    new CreateStateMachineCommand({
      name: 'workflow',
      roleArn: 'arn:aws:iam::000000000000:role/workflow',
      definition: JSON.stringify({ StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 30, End: true } } }),
    }),
  );
  const cloudFormation = new CloudFormationClient(emulator.client);
  s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
  for (const Bucket of ['originals', 'derived']) await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'originals', VersioningConfiguration }));
  const kms = new KMSClient(emulator.client);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  const keyId = KeyMetadata?.Arn ?? '';
  signingKey = new ReceiptKey({ client: kms, keyId });
  await createStack(cloudFormation, 'Wirescope-local-Storage', {
    LedgerTableName: 'ledger',
    OriginalsBucketName: 'originals',
    DerivedBucketName: 'derived',
    ReceiptKeyArn: keyId,
  });
  await createStack(cloudFormation, 'Wirescope-local-Pipeline', {
    WorkflowArn: stateMachineArn,
    FailureQueueUrl: queueUrl,
  });
  for (const assetId of [failedId, indexedId])
    await ledger.claimAsset({
      assetId,
      kind: 'video',
      desk: 'sport',
      original: { bucket: 'originals', key: `incoming/sport/${assetId}.mp4` },
      stem: `incoming/sport/${assetId}`,
      fileName: 'été.mp4',
      mediaType: 'video/mp4',
      bytes: 1,
    });
  await ledger.completeAsset(indexedId, 1, { documentCount: 3 });
  const failure = {
    reason: 'The shots step did not end in time.',
    errorName: 'States.Timeout',
    step: 'shots' as const,
  };
  await ledger.settleAsset(failedId, 1, { status: 'failed', ...failure });
  await new FailureQueue({ client: sqs, queueUrl }).send({
    assetId: failedId,
    attempt: 1,
    step: 'shots',
    error: failure.errorName,
    cause: '',
    reason: failure.reason,
    failedAt: new Date().toISOString(),
  });
}, 120_000);
afterAll(async () => {
  await emulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const wirescope = (...parameters: string[]) =>
  execa(process.execPath, ['bin/wirescope.ts', '-e', 'local', ...parameters], {
    reject: false,
    env: { AWS_ENDPOINT_URL: emulator.endpoint, AWS_REGION: 'us-east-1' },
  });

describe('the operator’s command line', () => {
  it('finds the ledger by the stacks’ outputs and says where an asset stands', async () => {
    const { stdout, exitCode } = await wirescope('status', failedId);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('video été.mp4 of sport');
    expect(stdout).toContain('The shots step did not end in time.');
  });

  it('knows an asset by the key of its original too', async () => {
    const key = 'incoming/sport/finale + été.mp4';
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'originals', Key: key, Body: 'x' }));
    const object = { bucket: 'originals', key, versionId: VersionId };
    const arrivedAt = new Date().toISOString();
    const upload = { uploadId: uploadId(object), desk: 'sport', object, fileName: 'finale + été.mp4', arrivedAt };
    await ledger.putUpload({ ...upload, outcome: 'duplicate', assetId: indexedId });
    const { stdout } = await wirescope('status', key, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ assetId: indexedId, status: 'indexed' });
    const nothing = await wirescope('status', 'incoming/sport/no-such.mp4');
    expect([nothing.exitCode, nothing.stderr]).toEqual([exitCodes.notBegun, expect.stringMatching(/no original lies/)]);
  });

  it('verifies a receipt by its file or by its key in the bucket, with the archive’s key or its public half', async () => {
    const at = new Date().toISOString();
    const stores = withdrawalStores.map((store) => ({ store, removed: 1, remaining: 0 as const, readBackAt: at }));
    const order = { assetId: goneId, kind: 'photo' as const, reason: 'The court ordered it.', by: 'counsel' };
    const facts = { environment: 'local', begunAt: at, provedAt: at, stores };
    const receipt = await signReceipt(signingKey, { version: 1, act: 'withdrawal', ...order, ...facts });
    const key = receiptKey(goneId, 'withdrawal', at);
    await new MediaBucket({ client: s3, bucketName: 'derived' }).putJson(key, receiptSchema, receipt);
    const [file, forged, pem] = ['receipt.json', 'forged.json', 'key.pem'].map((name) => path.join(folder, name));
    writeFileSync(file as string, JSON.stringify(receipt));
    writeFileSync(forged as string, JSON.stringify(receipt).replace('court', 'count'));
    const der = (await signingKey.publicKey()).toString('base64');
    writeFileSync(
      pem as string,
      `-----BEGIN PUBLIC KEY-----\n${der.match(/.{1,64}/g)?.join('\n')}\n-----END PUBLIC KEY-----\n`,
    );
    for (const parameters of [[key], [file as string], [file as string, '--public-key', pem as string]]) {
      const { stdout, exitCode } = await wirescope('receipt', 'verify', ...parameters);
      expect([exitCode, stdout]).toEqual([exitCodes.done, expect.stringMatching(/^Genuine: withdrawal of c{64} at/)]);
    }
    const changed = await wirescope('receipt', 'verify', forged as string, '--json');
    expect([changed.exitCode, JSON.parse(changed.stdout)]).toMatchObject([exitCodes.left, { isGenuine: false }]);
    const missing = await wirescope('receipt', 'verify', key.replace('withdrawal', 'lift'));
    expect([missing.exitCode, missing.stderr]).toEqual([exitCodes.notBegun, expect.stringMatching(/no receipt lies/)]);
  });

  it('says of what was withdrawn that it was, since when and why, instead of knowing nothing of it', async () => {
    const withdrawals = new Withdrawals(table);
    await withdrawals.begin({ assetId: goneId, kind: 'photo', reason: 'The court ordered it.', by: 'counsel' });
    expect((await wirescope('status', goneId)).stdout).toMatch(/is being withdrawn since .* by counsel.*The court/);
    const proof = { receiptKey: 'receipts/c.json', provedAt: new Date().toISOString() };
    await withdrawals.markProved(goneId, proof);
    const { stdout, exitCode } = await wirescope('status', goneId, '--json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { withdrawal: { state: 'proved', ...proof } }]);
  });

  it('says what a redrive would do, does it, and then has nothing left to do', async () => {
    const dry = await wirescope('redrive', '--reason', 'States.Timeout', '--dry-run');
    expect(dry.stdout).toContain('1 would be redriven; nothing was changed.');
    expect((await ledger.getAsset(failedId))?.status).toBe('failed');
    const { stdout } = await wirescope('redrive', '--all', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ messagesTaken: 1, assets: [{ assetId: failedId, attempt: 2 }] });
    expect(await ledger.getAsset(failedId)).toMatchObject({ status: 'processing', attempt: 2 });
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }));
    expect(Attributes?.['ApproximateNumberOfMessages']).toBe('0');
    expect((await wirescope('redrive', '--all')).stdout).toBe('Nothing to redrive.');
  });

  it('refuses to redrive what is being worked on, and takes it where it is named as stuck', async () => {
    const refused = await wirescope('redrive', failedId);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toMatch(/is processing, from which no redrive begins/);
    const young = await wirescope('redrive', '--stuck', '5');
    expect(young.stdout).toBe('Nothing to redrive.');
    const forced = await wirescope('redrive', failedId, '--stuck', '0');
    expect(forced.stdout).toContain('attempt 3 has begun');
  });

  it('lists what is under embargo, and says what is due without telling of it', async () => {
    const dueAt = new Date(Date.now() + 3_600_000).toISOString();
    const asset = { assetId: indexedId, kind: 'video' as const, desk: 'sport' };
    const release = { subject: `embargo until ${dueAt}`, cause: 'embargo ended' as const, dueAt };
    await new Releases(table).expectMissing(asset, release);
    expect((await wirescope('embargo')).stdout).toContain(`${indexedId}  ${dueAt}  video of sport`);
    const due = await wirescope('embargo', '--tell', '--dry-run', '--json');
    expect([JSON.parse(due.stdout), due.exitCode]).toEqual([{ releases: [] }, 0]);
  });

  it.each([
    ['0 where there was nothing to do', ['redrive', '--reason', 'nothing was ever called so'], exitCodes.done],
    ['0 after its own help', ['backfill', '--help'], exitCodes.done],
    ['2 where an option does not exist', ['reconcile', '--drily'], exitCodes.notBegun],
    ['2 where an argument is missing', ['withdraw', '--reason', 'x'], exitCodes.notBegun],
    ['2 where nothing is said to backfill', ['backfill', '--yes'], exitCodes.notBegun],
    ['2 where the stacks lack an output', ['withdraw', failedId, '--dry-run'], exitCodes.notBegun],
    ['3 where a fault breaks it off', ['--stack-outputs', 'OUTPUTS', 'status', failedId], exitCodes.broken],
  ])('ends with %s', async (_, parameters, code) => {
    const nowhere = path.join(folder, 'outputs.json');
    writeFileSync(nowhere, JSON.stringify({ LedgerTableName: 'no-such-table' }));
    const ended = await wirescope(...parameters.map((one) => (one === 'OUTPUTS' ? nowhere : one)));
    expect(ended.exitCode).toBe(code);
    if (code !== exitCodes.done) expect([ended.stdout, ended.stderr.length > 0]).toEqual(['', true]);
  });
});
