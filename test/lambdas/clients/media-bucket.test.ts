import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';
import { inMemoryBucket } from '../support/in-memory-bucket.ts';

describe('MediaBucket', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'media-bucket-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads an object whole and in part, and less where the object ends earlier', async () => {
    const { bucket, put } = inMemoryBucket();
    put('a', 'abcdef');
    expect((await bucket.readBytes({ key: 'a' }, { maxBytes: 6 })).toString()).toBe('abcdef');
    expect((await bucket.readRange({ key: 'a' }, { start: 1, end: 2 })).toString()).toBe('bc');
    expect((await bucket.readRange({ key: 'a' }, { start: 4, end: 99 })).toString()).toBe('ef');
    expect(await bucket.readRange({ key: 'a' }, { start: 9, end: 10 })).toHaveLength(0);
  });

  it('refuses an object over the limit before it is in memory or on disk', async () => {
    const { bucket, put } = inMemoryBucket();
    put('a', 'abcdef');
    await expect(bucket.readBytes({ key: 'a' }, { maxBytes: 5 })).rejects.toMatchObject({
      name: 'ObjectTooLargeError',
    });
    await expect(bucket.download({ key: 'a' }, join(folder, 'a'), { maxBytes: 5 })).rejects.toMatchObject({
      name: 'ObjectTooLargeError',
    });
  });

  it('writes an object once under its key, and says so where there is one', async () => {
    const { bucket, objects } = inMemoryBucket();
    const write = (text: string) => bucket.putBytesOnce('clip', Buffer.from(text), { contentType: 'video/mp4' });
    expect([await write('first'), await write('second')]).toEqual([true, false]);
    expect(objects.get('clip')?.bytes.toString()).toBe('first');
  });

  it('counts what arrives where the length is not told', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(Buffer.alloc(5000));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const bucket = new MediaBucket({ client, bucketName: 'bucket' });
    try {
      expect(await bucket.readBytes({ key: 'a' }, { maxBytes: 5000 })).toHaveLength(5000);
      await expect(bucket.readBytes({ key: 'a' }, { maxBytes: 4999 })).rejects.toMatchObject({
        name: 'ObjectTooLargeError',
      });
    } finally {
      client.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });

  it('says that an object is missing by one name, whatever the command', async () => {
    const { bucket } = inMemoryBucket();
    const missing = { name: 'ObjectMissingError' };
    await expect(bucket.readBytes({ key: 'a' }, { maxBytes: 1 })).rejects.toMatchObject(missing);
    await expect(bucket.readJson('a', z.string())).rejects.toMatchObject(missing);
    expect(await bucket.findJson('a', z.string())).toBeUndefined();
    expect(await bucket.head({ key: 'a' })).toBeUndefined();
  });

  it('never reads from another bucket than its own', async () => {
    const { bucket, put } = inMemoryBucket('mine');
    put('a', 'a');
    await expect(bucket.readBytes({ bucket: 'other', key: 'a' }, { maxBytes: 1 })).rejects.toMatchObject({
      name: 'WrongBucketError',
    });
    expect(await bucket.readBytes({ bucket: 'mine', key: 'a' }, { maxBytes: 1 })).toHaveLength(1);
  });

  it('downloads into a file that only its owner reads and never over another', async () => {
    const { bucket, put } = inMemoryBucket();
    put('a', 'abc');
    const path = join(folder, 'a');
    expect(await bucket.download({ key: 'a' }, path, { maxBytes: 10 })).toBe(3);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(bucket.download({ key: 'a' }, path, { maxBytes: 10 })).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('writes JSON only where its schema passes, and reads it back', async () => {
    const { bucket, objects } = inMemoryBucket();
    const schema = z.object({ n: z.number() });
    await bucket.putJson('a.json', schema, { n: 1 });
    expect(await bucket.readJson('a.json', schema)).toEqual({ n: 1 });
    await expect(bucket.putJson('b.json', schema, { n: 'one' } as never)).rejects.toThrow();
    expect([...objects.keys()]).toEqual(['a.json']);
  });

  it('sends a file with its type and tells its size', async () => {
    const { bucket, objects } = inMemoryBucket();
    await writeFile(join(folder, 'b'), 'hello');
    await bucket.putFile('b', join(folder, 'b'), { contentType: 'video/mp4' });
    expect(objects.get('b')).toEqual({ bytes: await readFile(join(folder, 'b')), contentType: 'video/mp4' });
    expect(await bucket.head({ key: 'b' })).toMatchObject({ bytes: 5, contentType: 'video/mp4' });
  });

  it('presigns one read and one write, the write bound to type and size', async () => {
    const { bucket } = inMemoryBucket();
    const read = new URL(await bucket.presignGet('a b+ü.jpg', 60));
    expect(decodeURIComponent(read.pathname)).toBe('/bucket/a b+ü.jpg');
    expect(read.searchParams.get('X-Amz-Expires')).toBe('60');
    const write = new URL(await bucket.presignPut('a', 60, { contentType: 'image/jpeg', bytes: 5 }));
    expect(write.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
  });

  it.each([
    ['throttles', 503, '<Error><Code>SlowDown</Code></Error>'],
    ['fails', 500, '<Error><Code>InternalError</Code></Error>'],
  ])('names a fault that passes where S3 %s for longer than its client tries', async (_, status, body) => {
    const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      forcePathStyle: true,
      maxAttempts: 2,
    });
    const bucket = new MediaBucket({ client, bucketName: 'bucket' });
    const passing = { name: 'MediaBucketUnavailableError' };
    await expect(bucket.readBytes({ key: 'a' }, { maxBytes: 1 })).rejects.toMatchObject(passing);
    await expect(bucket.putBytes('a', Buffer.from('a'), { contentType: 'text/plain' })).rejects.toMatchObject(passing);
    await expect(bucket.head({ key: 'a' })).rejects.toMatchObject(passing);
    server.close();
  });
});
