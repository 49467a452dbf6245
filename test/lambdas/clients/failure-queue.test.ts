import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Failure, FailureQueue } from '../../../lambdas/clients/failure-queue.ts';

const sqs = mockClient(SQSClient);
const queue = () =>
  new FailureQueue({ client: new SQSClient({ region: 'us-east-1' }), queueUrl: 'https://queue.example/failures' });
const failure = (assetId: string, overrides: Partial<Failure> = {}): Failure => ({
  assetId: assetId.repeat(64),
  attempt: 1,
  step: 'shots',
  error: 'States.Timeout',
  cause: '',
  reason: 'The shots step did not end in time.',
  failedAt: '2026-03-01T10:00:00.000Z',
  ...overrides,
});

beforeEach(() => {
  sqs.reset();
  sqs.onAnyCommand().rejects(new Error('not declared'));
});

describe('the failure queue', () => {
  it('cuts a cause that would not fit into a message', async () => {
    sqs.on(SendMessageCommand).resolves({});
    await queue().send(failure('a', { cause: 'x'.repeat(40_000) }));
    const body = String(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input.MessageBody);
    expect(JSON.parse(body).cause).toHaveLength(16_000);
  });

  it('drains the matching messages and shows the others again, unreadable ones included', async () => {
    const messages = [
      { Body: JSON.stringify(failure('a')), ReceiptHandle: 'a' },
      { Body: JSON.stringify(failure('b')), ReceiptHandle: 'b' },
      { Body: 'not JSON', ReceiptHandle: 'broken' },
      { Body: '{}', ReceiptHandle: 'foreign' },
    ];
    sqs.on(ReceiveMessageCommand).resolvesOnce({ Messages: messages }).resolves({});
    sqs.on(DeleteMessageCommand).resolves({});
    sqs.on(ChangeMessageVisibilityCommand).resolves({});
    expect(await queue().drain(({ assetId }) => assetId.startsWith('a'))).toEqual({ taken: 1, left: 3 });
    expect(sqs.commandCalls(DeleteMessageCommand).map((call) => call.args[0].input.ReceiptHandle)).toEqual(['a']);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand).map((call) => call.args[0].input)).toMatchObject([
      { ReceiptHandle: 'b', VisibilityTimeout: 0 },
      { ReceiptHandle: 'broken', VisibilityTimeout: 0 },
      { ReceiptHandle: 'foreign', VisibilityTimeout: 0 },
    ]);
  });
});
