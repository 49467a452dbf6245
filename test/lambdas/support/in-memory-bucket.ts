import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';

export interface InMemoryBucket {
  bucket: MediaBucket;
  client: S3Client;
  objects: Map<string, { bytes: Buffer; contentType: string | undefined }>;
  put(key: string, content: Buffer | string): void;
  json(key: string): unknown;
}

interface PutRequest {
  Key: string;
  Body: Readable | Buffer;
  ContentType?: string;
  IfNoneMatch?: string;
}

const preconditionFailed = () =>
  new S3ServiceException({ name: 'PreconditionFailed', $fault: 'client', $metadata: { httpStatusCode: 412 } });

/** S3's objects in a map, under the real client class: every command that is not declared here throws. */
export function inMemoryBucket(bucketName = 'bucket'): InMemoryBucket {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const objects: InMemoryBucket['objects'] = new Map();
  const mock = mockClient(client);
  const missing = { message: 'not there', $metadata: {} };
  mock.rejects(new Error('this command is not declared in the in-memory bucket'));
  mock.on(GetObjectCommand).callsFake((input: { Bucket: string; Key: string; Range?: string }) => {
    const found = objects.get(input.Key);
    if (input.Bucket !== bucketName || found === undefined) throw new NoSuchKey(missing);
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(input.Range ?? '') ?? [];
    if (start !== undefined && Number(start) >= found.bytes.length)
      throw Object.assign(new Error('range'), { name: 'InvalidRange' });
    const bytes = start === undefined ? found.bytes : found.bytes.subarray(Number(start), Number(end) + 1);
    return { Body: Readable.from([bytes]), ContentLength: bytes.length, ContentType: found.contentType };
  });
  mock.on(HeadObjectCommand).callsFake((input: { Key: string }) => {
    const found = objects.get(input.Key);
    if (found === undefined) throw new NotFound(missing);
    return { ContentLength: found.bytes.length, ContentType: found.contentType, ETag: '"etag"' };
  });
  mock.on(PutObjectCommand).callsFake(async (input: PutRequest) => {
    if (input.IfNoneMatch === '*' && objects.has(input.Key)) throw preconditionFailed();
    const chunks: Buffer[] = [];
    if (input.Body instanceof Readable) for await (const chunk of input.Body) chunks.push(chunk as Buffer);
    else chunks.push(Buffer.from(input.Body));
    objects.set(input.Key, { bytes: Buffer.concat(chunks), contentType: input.ContentType });
    return {};
  });
  return {
    bucket: new MediaBucket({ client, bucketName }),
    client,
    objects,
    put: (key, content) => objects.set(key, { bytes: Buffer.from(content), contentType: undefined }),
    json: (key) => JSON.parse(objects.get(key)?.bytes.toString('utf8') ?? 'null'),
  };
}
