import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ledgerIndexes } from '../../lambdas/contracts/ledger.ts';
import { freePort } from '../support/free-port.ts';

const startTimeoutMilliseconds = 60_000;
const pollMilliseconds = 100;

/** An emulator of AWS's APIs on a port and in a folder of its own. */
export interface CloudEmulator {
  endpoint: string;
  /** What the clients of the SDK take. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  stop(): Promise<void>;
}

async function untilHealthy(endpoint: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < startTimeoutMilliseconds; waited += pollMilliseconds) {
    if (child.exitCode !== null) throw new Error(`the emulator ended with ${child.exitCode} before it answered`);
    const isHealthy = await fetch(`${endpoint}/_ministack/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (isHealthy) return;
    await delay(pollMilliseconds);
  }
  throw new Error('the emulator did not answer in time');
}

/** @param isPatched as the local stack has it: errors reach state machines by their names, among others */
export async function startCloudEmulator({ isPatched = false } = {}): Promise<CloudEmulator> {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'wirescope-emulator-'))];
  const endpoint = `http://127.0.0.1:${port}`;
  const [program, ...parameters] = isPatched
    ? ['.wirescope/python/bin/python', '-m', 'local.emulator.launcher']
    : ['.wirescope/python/bin/ministack'];
  const child = spawn(program ?? '', parameters, {
    stdio: 'ignore',
    env: {
      ...process.env,
      PATH: `${join(process.cwd(), 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: 'localhost',
      GATEWAY_PORT: String(port),
      STATE_DIR: join(folder, 'state'),
      S3_DATA_DIR: join(folder, 's3'),
      TMPDIR: folder,
      MINISTACK_ACCOUNT_ID: '000000000000',
      MINISTACK_REGION: 'us-east-1',
      IOT_MTLS_ENABLED: '0',
      AWS_ENDPOINT_URL: endpoint,
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([ended, delay(5_000).then(() => child.kill('SIGKILL'))]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilHealthy(endpoint, child);
  } catch (error) {
    await stop();
    throw error;
  }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { endpoint, client: { endpoint, region: 'us-east-1', credentials }, stop };
}

/** A ledger table as the storage stack makes it. */
export async function createLedgerTable(
  emulator: CloudEmulator,
  tableName: string,
): Promise<{ client: DynamoDBDocumentClient; tableName: string }> {
  const client = new DynamoDBClient(emulator.client);
  const key = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: key('pk', 'sk'),
      AttributeDefinitions: [
        'pk',
        'sk',
        'unsettledPk',
        'unsettledSk',
        'uploadDayPk',
        'uploadDaySk',
        'groupId',
        'arrivedAt',
      ].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      GlobalSecondaryIndexes: [
        {
          IndexName: ledgerIndexes.unsettled,
          KeySchema: key('unsettledPk', 'unsettledSk'),
          Projection: { ProjectionType: 'ALL' },
        },
        {
          IndexName: ledgerIndexes.uploadDay,
          KeySchema: key('uploadDayPk', 'uploadDaySk'),
          Projection: { ProjectionType: 'ALL' },
        },
        {
          IndexName: ledgerIndexes.group,
          KeySchema: key('groupId', 'arrivedAt'),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  const marshallOptions = { removeUndefinedValues: true };
  return { client: DynamoDBDocumentClient.from(client, { marshallOptions }), tableName };
}
