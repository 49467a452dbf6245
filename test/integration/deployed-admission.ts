import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { build } from 'esbuild';
import { execa } from 'execa';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { uploadId } from '../../lambdas/contracts/keys.ts';
import { FaultProxy, type Observed } from '../../local/faults/proxy.ts';
import { places, root } from '../../setup/places.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

const bucket = 'originals';
/** How soon a message comes back whose worker died: longer than an admission takes on a busy machine. */
const visibilitySeconds = 6;
const maxReceiveCount = 5;

export interface PutUpload {
  id: string;
  /** The body of the message that says so. */
  event: string;
}

/** Admission as it runs in Lambda: its own processes, fed by its queue, with a proxy between them and AWS. */
export class DeployedAdmission {
  readonly table: LedgerTable;
  readonly ledger: AssetLedger;
  readonly proxy: FaultProxy;
  readonly emulator: CloudEmulator;
  private readonly folder: string;
  private readonly s3: S3Client;
  private readonly sqs: SQSClient;
  private readonly sfn: SFNClient;
  queueUrl = '';
  private deadLettersUrl = '';
  private stateMachineArn = '';

  private constructor(parts: { emulator: CloudEmulator; proxy: FaultProxy; folder: string; table: LedgerTable }) {
    this.emulator = parts.emulator;
    this.proxy = parts.proxy;
    this.folder = parts.folder;
    this.table = parts.table;
    this.ledger = new AssetLedger(parts.table);
    this.s3 = new S3Client({ ...parts.emulator.client, forcePathStyle: true });
    this.sqs = new SQSClient({ ...parts.emulator.client, useQueueUrlAsEndpoint: false });
    this.sfn = new SFNClient(parts.emulator.client);
  }

  static async start(
    observe: (observed: Observed) => void = () => {},
    emulation: { isPatched?: boolean } = {},
  ): Promise<DeployedAdmission> {
    const folder = await mkdtemp(path.join(tmpdir(), 'wirescope-admission-'));
    const emulator = await startCloudEmulator(emulation);
    const proxy = new FaultProxy({
      upstreams: { aws: { listenPort: 0, to: emulator.endpoint } },
      isSpared: () => false,
      observe,
    });
    await proxy.start();
    const table = await createLedgerTable(emulator, 'ledger');
    const admission = new DeployedAdmission({ emulator, proxy, folder, table });
    await admission.deploy();
    return admission;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.emulator.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Puts a story where uploads arrive; nothing is told of it until `deliver`. */
  async put(name: string, words: string = randomUUID()): Promise<PutUpload> {
    const key = `incoming/sport/${name}`;
    const Body = `The harbour opened again on Monday. ${words}`;
    const { VersionId = '' } = await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
    const event = JSON.stringify({
      id: randomUUID(),
      time: new Date().toISOString(),
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: bucket }, object: { key, size: Body.length, 'version-id': VersionId } },
    });
    return { id: uploadId({ bucket, key, versionId: VersionId }), event };
  }

  async deliver({ event }: PutUpload): Promise<void> {
    await this.sqs.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody: event }));
  }

  /** Messages that wait or are worked on. */
  depth(): Promise<number> {
    return this.messagesIn(this.queueUrl);
  }

  deadLetters(): Promise<number> {
    return this.messagesIn(this.deadLettersUrl);
  }

  /** Names of all workflows that were started. */
  async started(): Promise<string[]> {
    const { executions = [] } = await this.sfn.send(
      new ListExecutionsCommand({ stateMachineArn: this.stateMachineArn, maxResults: 1000 }),
    );
    return executions.map(({ name = '' }) => name).sort();
  }

  private async messagesIn(QueueUrl: string): Promise<number> {
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  private async deploy(): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await this.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const definition = { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 1, End: true } } };
    const machine = await this.sfn.send(
      new CreateStateMachineCommand({
        name: 'workflow',
        roleArn: 'arn:aws:iam::000000000000:role/workflow',
        definition: JSON.stringify(definition),
      }),
    );
    this.stateMachineArn = machine.stateMachineArn ?? '';
    const [deadLettersUrl, deadLetterTargetArn] = await this.createQueue('dead', {});
    const [queueUrl, queueArn] = await this.createQueue('uploads', {
      VisibilityTimeout: String(visibilitySeconds),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
    });
    this.queueUrl = queueUrl;
    this.deadLettersUrl = deadLettersUrl;
    await this.deployFunction('admit', 'admit/admit-uploads.lambda.ts', {});
    await this.callLambda('event-source-mappings/', {
      FunctionName: 'admit',
      EventSourceArn: queueArn,
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  }

  /** A function beside admission, in the same surroundings. */
  async deployFunction(name: string, entry: string, variables: Record<string, string>): Promise<void> {
    await this.callLambda('functions', {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::000000000000:role/${name}`,
      Timeout: 30,
      Code: { ZipFile: (await this.bundle(name, entry)).toString('base64') },
      Environment: { Variables: { ...this.variables(), ...variables } },
    });
  }

  private variables(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.proxy.addressOf('aws'),
      NODE_PATH: path.join(root, 'node_modules'),
      PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env['PATH']}`,
      POWERTOOLS_METRICS_NAMESPACE: 'Wirescope',
      [environmentNames.environment]: 'test',
      [environmentNames.originalsBucket]: bucket,
      [environmentNames.ledgerTable]: 'ledger',
      [environmentNames.stateMachineArn]: this.stateMachineArn,
      [environmentNames.backfillExecutions]: '2',
    };
  }

  private async bundle(name: string, entry: string): Promise<Buffer> {
    const code = path.join(this.folder, name, 'index.js');
    await build({
      entryPoints: [path.join(root, 'lambdas', entry)],
      outfile: code,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      external: ['sharp'],
    });
    const archive = path.join(this.folder, `${name}.zip`);
    await execa(places.pythonBinary, ['-m', 'zipfile', '-c', archive, code]);
    return readFile(archive);
  }

  private async createQueue(QueueName: string, Attributes: Record<string, string>): Promise<[string, string]> {
    const { QueueUrl = '' } = await this.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    const answer = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    return [QueueUrl, answer.Attributes?.['QueueArn'] ?? ''];
  }

  private async callLambda(resource: string, body: object): Promise<void> {
    const url = `${this.emulator.endpoint}/2015-03-31/${resource}`;
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${resource}: ${answer.status} ${await answer.text()}`);
  }
}
