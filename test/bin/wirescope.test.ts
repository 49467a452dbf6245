import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { HeadObjectCommand, NotFound, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assetInWords, redriveInWords } from '../../bin/wirescope/asset-report.ts';
import { outputNamed, outputsFromFile, outputsFromStacks, reachEnvironment } from '../../bin/wirescope/deployed.ts';
import { exitCodes } from '../../bin/wirescope/exit-codes.ts';
import { publishModels } from '../../bin/wirescope/publish-models.ts';
import { spendInWords, spendOf } from '../../bin/wirescope/spend.ts';
import { nothingSpent } from '../../lambdas/clients/captions/budget.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, content: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};

describe('the outputs of a deployment', () => {
  it('are read from a file by stack or flat', () => {
    const byStack = written('by-stack.json', JSON.stringify({ A: { One: '1' }, B: { Two: '2' } }));
    expect(outputsFromFile(byStack)).toEqual({ One: '1', Two: '2' });
    expect(outputsFromFile(written('flat.json', '{"One":"1"}'))).toEqual({ One: '1' });
  });

  it('are missed in a sentence', () => {
    expect(() => outputsFromFile(path.join(folder, 'nowhere.json'))).toThrow(/holds no stack outputs/);
    expect(() => outputsFromFile(written('wrong.json', '{"One":1}'))).toThrow(/holds no stack outputs/);
    expect(() => outputNamed({}, 'WorkflowArn')).toThrow(/no output WorkflowArn: deploy them again/);
  });

  it('are asked of the stacks of the environment', async () => {
    const cloudFormation = mockClient(CloudFormationClient);
    cloudFormation.onAnyCommand().rejects(new Error('not declared'));
    const Outputs = [{ OutputKey: 'LedgerTableName', OutputValue: 'ledger' }];
    const stack = {
      StackName: 'Wirescope-dev-Storage',
      CreationTime: new Date(),
      StackStatus: 'CREATE_COMPLETE' as const,
    };
    cloudFormation
      .on(DescribeStacksCommand, { StackName: stack.StackName })
      .resolves({ Stacks: [{ ...stack, Outputs }] });
    cloudFormation
      .on(DescribeStacksCommand, { StackName: 'Wirescope-dev-Pipeline' })
      .rejects(new Error('does not exist'));
    const client = new CloudFormationClient({ region: 'us-east-1' });
    await expect(outputsFromStacks('dev', client)).rejects.toThrow(
      /Wirescope-dev-Pipeline cannot be read.*Is dev deployed/,
    );
    cloudFormation.on(DescribeStacksCommand, { StackName: 'Wirescope-dev-Pipeline' }).resolves({ Stacks: [] });
    expect(await outputsFromStacks('dev', client)).toEqual({ LedgerTableName: 'ledger' });
    cloudFormation.restore();
  });

  it('never point an AWS environment at an emulator or at made-up credentials', () => {
    const variables: NodeJS.ProcessEnv = {};
    reachEnvironment('prod', variables);
    expect(Object.keys(variables)).toEqual(['AWS_REGION']);
    reachEnvironment('local', variables);
    expect(variables['AWS_ENDPOINT_URL']).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});

describe('publishing models', () => {
  const s3 = mockClient(S3Client);
  const client = () => new S3Client({ region: 'us-east-1' });
  const sha256 = createHash('sha256').update('archive').digest('hex');
  const model = { name: 'embed-x', version: '1.2.0' };
  beforeEach(() => {
    s3.reset();
    s3.onAnyCommand().rejects(new Error('not declared'));
    written('models/embed-x/1.2.0/model.tar.gz', 'archive');
  });
  const publish = (models = [model]) =>
    publishModels(
      client(),
      'models',
      models.map(({ name, version }) => ({
        name,
        version,
        file: path.join(folder, 'models', name, version, 'model.tar.gz'),
      })),
    );

  it('uploads what is not there, below its name, its version and its bytes', async () => {
    s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'no', $metadata: {} }));
    s3.on(PutObjectCommand).resolves({});
    expect(await publish()).toMatchObject([
      { key: `models/embed-x/1.2.0-${sha256.slice(0, 12)}/model.tar.gz`, isUploaded: true, sha256 },
    ]);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
      Bucket: 'models',
      Metadata: { sha256 },
    });
  });

  it('never puts other bytes in the place of what an endpoint may serve', async () => {
    s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'no', $metadata: {} }));
    s3.on(PutObjectCommand).resolves({});
    const [before] = await publish();
    written('models/embed-x/1.2.0/model.tar.gz', 'archivf');
    const [after] = await publish();
    expect(after?.key).not.toBe(before?.key);
    expect(s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input.Key)).toEqual([before?.key, after?.key]);
  });

  it('leaves alone what is there with the same checksum', async () => {
    s3.on(HeadObjectCommand).resolves({ Metadata: { sha256 } });
    expect(await publish()).toMatchObject([{ isUploaded: false }]);
  });

  it('uploads nothing where an archive is missing, and says how to make it', async () => {
    await expect(publish([model, { name: 'missing', version: '1' }])).rejects.toThrow(/package-models.*missing/);
    expect(s3.calls()).toHaveLength(0);
  });
});

describe('what the operator reads', () => {
  it('says where an asset stands, step by step', () => {
    const words = assetInWords({
      assetId: 'a'.repeat(64),
      kind: 'video',
      status: 'failed',
      attempt: 2,
      desk: 'sport',
      original: { bucket: 'originals', key: 'incoming/sport/a.mp4' },
      stem: 'incoming/sport/a',
      fileName: 'a.mp4',
      mediaType: 'video/mp4',
      bytes: 1,
      reason: 'The enrich step failed.',
      errorName: 'EndpointUnavailableError',
      steps: {
        shots: {
          status: 'done',
          detail: '12 shots',
          startedAt: '2026-03-01T10:00:00.000Z',
          endedAt: '2026-03-01T10:00:04.500Z',
        },
      },
      createdAt: '2026-03-01T10:00:00.000Z',
      updatedAt: '2026-03-01T10:00:00.000Z',
    });
    expect(words).toContain('failed, attempt 2 (EndpointUnavailableError)');
    expect(words).toContain('shots    done, 12 shots, 4.5 s');
  });

  it('counts what was redriven and what was not', () => {
    const line = { assetId: 'a'.repeat(64), fileName: 'a.mp4', status: 'failed' as const };
    const report = {
      assets: [
        { ...line, attempt: 2 },
        { ...line, problem: 'overtaken' },
      ],
      messagesTaken: 1,
    };
    expect(redriveInWords(report, false)).toMatch(
      /attempt 2 has begun[\s\S]*not redriven: overtaken[\s\S]*1 of 2 redriven/,
    );
    expect(redriveInWords({ assets: [line], messagesTaken: 0 }, true)).toMatch(
      /1 would be redriven; nothing was changed/,
    );
    expect(redriveInWords({ assets: [], messagesTaken: 0 }, false)).toBe('Nothing to redrive.');
  });

  it.each([
    [['redrive'], /say which: an asset’s id, --reason TEXT, --stuck MINUTES or --all/],
    [['redrive', 'abc'], /abc is no asset id/],
    [['redrive', '--stuck', 'soon'], /number of minutes/],
  ])('is told in a sentence what %j lacks', async (parameters, sentence) => {
    const outputs = written(
      'cli.json',
      JSON.stringify({ LedgerTableName: 't', WorkflowArn: 'w', FailureQueueUrl: 'http://127.0.0.1:9/q' }),
    );
    const options = { reject: false, env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } } as const;
    const { exitCode, stderr } = await execa(
      process.execPath,
      ['bin/wirescope.ts', '--stack-outputs', outputs, ...parameters],
      options,
    );
    expect(exitCode).toBe(exitCodes.notBegun);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('the spending on captions', () => {
  const budget = {
    read: async (desk: string) =>
      desk === 'sport'
        ? {
            ...nothingSpent,
            spentMicroDollars: 1_234_500,
            calls: 1,
            unaccounted: { lost: 500 },
            limitMicroDollars: 2_000_000,
          }
        : nothingSpent,
  };
  const ledger = { listDesks: async () => ['news', 'sport'] };

  it('is said of each desk and day in dollars', async () => {
    const spends = await spendOf(ledger, budget, { day: '2026-05-01' });
    expect(spendInWords(spends).split('\n')).toEqual([
      '2026-05-01 news: $0.0000 for 0 captions',
      '2026-05-01 sport: $1.2345 for 1 caption, $0.0005 for calls that may have been billed, of $2.0000',
    ]);
    expect(await spendOf(ledger, budget, { desk: 'sport', day: '2026-05-01' })).toEqual([spends[1]]);
    expect(spendInWords([])).toMatch(/No desk/);
  });

  it('is refused in a sentence where the day or the desk is none', async () => {
    await expect(spendOf(ledger, budget, { day: 'yesterday' })).rejects.toThrow(/takes a day like/);
    await expect(spendOf(ledger, budget, { desk: 'Sport!' })).rejects.toThrow(/takes a desk's name/);
  });
});
