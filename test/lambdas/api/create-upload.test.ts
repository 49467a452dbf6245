import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUpload, safeFileName, uploadKey } from '../../../lambdas/api/create-upload.ts';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';
import { createUploadResponseSchema } from '../../../lambdas/contracts/api.ts';
import { parseIncomingKey } from '../../../lambdas/contracts/keys.ts';

const now = new Date('2026-03-01T23:59:00Z');
const originals = new MediaBucket({
  client: new S3Client({
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  }),
  bucketName: 'originals',
});

describe('a file’s name in its key', () => {
  it.each([
    ['Łódź – été + 50%.jpg', 'Łódź – été + 50%.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\photos\\harbour.jpg', 'harbour.jpg'],
    ['harbour\u0000\n.jpg', 'harbour.jpg'],
    ['harbour\u202egpj.exe', 'harbourgpj.exe'],
    ['  a b.ninjs.json ', 'a b.ninjs.json'],
  ])('keeps what is harmless of %j', (given, kept) => {
    expect(safeFileName(given)).toBe(kept);
  });

  it.each(['..', '/', 'a/', '\u0000', '   '])('refuses %j, of which nothing is left', (name) => {
    expect(() => safeFileName(name)).toThrow(/Rename it/);
  });

  it('never leaves its desk, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (fileName) => {
        let key: string;
        try {
          key = uploadKey({ fileName, desk: 'sport', bytes: 1 }, now);
        } catch (error) {
          expect(error).toHaveProperty('status', 400);
          return;
        }
        expect(key.startsWith('incoming/sport/2026/03/01/')).toBe(true);
        expect(key.split('/')).toHaveLength(7);
        expect(parseIncomingKey(key)).toMatchObject({ desk: 'sport' });
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
      }),
    );
  });

  it('lies in one folder with the others of its batch, so that a sidecar has its asset’s stem', () => {
    const keyOf = (fileName: string) => uploadKey({ fileName, desk: 'sport', bytes: 1, batch: 'batch-0001' }, now);
    expect(parseIncomingKey(keyOf('a b.ninjs.json'))?.stem).toBe(parseIncomingKey(keyOf('a b.jpg'))?.stem);
  });
});

describe('POST /uploads', () => {
  it('signs the size and the type, so that nothing else can be put there', async () => {
    const answer = await createUpload(
      originals,
      { fileName: 'a.jpg', desk: 'sport', bytes: 7, contentType: 'image/jpeg' },
      now,
    );
    expect(createUploadResponseSchema.parse(answer)).toMatchObject({
      headers: { 'content-type': 'image/jpeg' },
      expiresAt: '2026-03-02T00:59:00.000Z',
    });
    const signed = new URL(answer.url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(signed).toEqual(expect.arrayContaining(['content-length', 'content-type', 'host']));
  });

  it.each(['image/jpeg\r\nx-evil: 1', 'text/html', 'image/svg+xml', 'application/javascript', ''])(
    'signs an unknown type instead of %j, which a browser might run or which is none',
    async (contentType) => {
      const body = { fileName: 'a.jpg', desk: 'sport', bytes: 7, contentType };
      expect((await createUpload(originals, body, now)).headers).toEqual({
        'content-type': 'application/octet-stream',
      });
    },
  );

  it.each([
    ['a desk that climbs', { fileName: 'a', desk: '../politics', bytes: 1 }, /desk/],
    ['more than 5 GiB', { fileName: 'a', desk: 'sport', bytes: 6 * 1024 ** 3 }, /5 GiB/],
    ['no name', { desk: 'sport', bytes: 1 }, /fileName/],
    ['no object', 'text', /object/],
  ])('refuses %s, naming the field', async (_, body, sentence) => {
    await expect(createUpload(originals, body, now)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(sentence),
    });
  });
});
