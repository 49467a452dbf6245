import { describe, expect, it } from 'vitest';
import { callOf } from '../../../local/faults/calls.ts';
import { refusalOf } from '../../../local/faults/refusals.ts';

const asset = 'b'.repeat(64);
const dynamo = (operation: string, body: object) =>
  callOf(
    'aws',
    { method: 'POST', url: '/', headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` } },
    Buffer.from(JSON.stringify(body)),
  );
const s3 = (method: string, url: string) =>
  callOf(
    'aws',
    { method, url, headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request' } },
    Buffer.alloc(0),
  );

describe('a call of a worker', () => {
  it('is told by its service, its row and what the row becomes', () => {
    const Key = { pk: { S: `ASSET#${asset}` }, sk: { S: 'ASSET' } };
    expect(dynamo('UpdateItem', { Key, ExpressionAttributeValues: { ':status': { S: 'indexed' } } })).toEqual({
      service: 'dynamodb',
      operation: 'UpdateItem ASSET indexed',
      isSideEffect: true,
      subject: asset,
    });
    expect(dynamo('Query', {}).isSideEffect).toBe(false);
  });

  it('of a bucket is told by the kind of its object', () => {
    expect(s3('PUT', `/derived/assets/${asset}/keyframes/12.jpg?x-id=PutObject`)).toMatchObject({
      service: 's3',
      operation: 'PUT N.jpg',
      isSideEffect: true,
      subject: asset,
    });
    expect(s3('GET', '/originals/incoming/sport/a%20b.jpg')).toMatchObject({
      operation: 'GET original',
      isSideEffect: false,
    });
  });

  it.each([
    ['search', 'POST', '/documents/_search', false],
    ['search', 'POST', '/documents/_bulk', true],
    ['captions', 'POST', '/v1/chat/completions', true],
    ['aws', 'POST', '/endpoints/embed/invocations', true],
  ] as const)('to %s by %s %s is a side effect or not', (upstream, method, url, isSideEffect) => {
    expect(callOf(upstream, { method, url, headers: {} }, Buffer.alloc(0)).isSideEffect).toBe(isSideEffect);
  });
});

describe('a refusal', () => {
  it.each([
    ['dynamodb', 'throttle', 0, 400, 'ProvisionedThroughputExceededException'],
    ['s3', 'throttle', 0, 503, 'SlowDown'],
    ['sagemaker', 'fail', 0, 424, 'ModelError'],
    ['search', 'throttle', 0, 429, '429 throttling_exception'],
    ['captions', 'throttle', 0, 429, '429 rate_limit_exceeded'],
  ] as const)('of %s has its own form', (service, kind, variant, status, name) => {
    const refusal = refusalOf(service, kind, variant);
    expect([refusal.status, refusal.name]).toEqual([status, name]);
  });
});
