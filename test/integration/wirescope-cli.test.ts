import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../bin/wirescope/exit-codes.ts';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { FailureQueue } from '../../lambdas/clients/failure-queue.ts';
import { Releases } from '../../lambdas/clients/releases.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

const [failedId, indexedId] = ['a'.repeat(64), 'b'.repeat(64)];
let emulator: CloudEmulator;
let table: LedgerTable;
let ledger: AssetLedger;
let folder: string;
let sqs: SQSClient;
let queueUrl: string;

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
  await createStack(cloudFormation, 'Wirescope-local-Storage', { LedgerTableName: 'ledger' });
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
    expect((await wirescope('embargo')).stdout).toContain(`${indexedId.slice(0, 12)}  ${dueAt}  video of sport`);
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
