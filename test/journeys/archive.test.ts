import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { assetResponseSchema, statusResponseSchema, uploadsResponseSchema } from '../../lambdas/contracts/api.ts';
import { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { emulatorEnvironment, instanceOf } from '../../local/supervisor/instance.ts';
import { type LedgerView, readLedger } from '../../local/supervisor/ledger-view.ts';
import { readSamples } from '../../local/supervisor/newsroom.ts';

const { outputs } = inject('system');
const samples = readSamples();
let s3: S3Client;
let api: ApiCaller;
let readView: () => Promise<LedgerView>;

beforeAll(() => {
  Object.assign(process.env, emulatorEnvironment(instanceOf('test', 5500)));
  s3 = new S3Client({ forcePathStyle: true });
  api = new ApiCaller(outputs['ApiUrl'] ?? '', outputs['UserPoolClientId'] ?? '');
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  readView = () => readLedger(dynamo, outputs['LedgerTableName'] ?? '');
});

const put = (key: string, body: string | Uint8Array): Promise<unknown> =>
  s3.send(new PutObjectCommand({ Bucket: outputs['OriginalsBucketName'], Key: key, Body: body }));

/** What became of the newest upload under a key, once it is recorded and its asset has come to an end. */
async function endOf(key: string): Promise<{ outcome: string; status?: string; reason: string; assetId?: string }> {
  return vi.waitFor(
    async () => {
      const { uploads, assets } = await readView();
      const upload = uploads.filter(({ object }) => object.key === key).at(-1);
      if (!upload) throw new Error(`${key} is not recorded`);
      const asset = assets.find(({ assetId }) => assetId === upload.assetId);
      if (asset?.status === 'processing') throw new Error(`${key} is processing`);
      return {
        outcome: upload.outcome,
        reason: upload.reason ?? asset?.reason ?? '',
        ...(asset ? { status: asset.status, assetId: asset.assetId } : {}),
      };
    },
    { timeout: 60_000, interval: 300 },
  );
}

describe('the sample newsroom', () => {
  it('has come to an end with every asset', async () => {
    const { assets } = await readView();
    expect(assets.length).toBeGreaterThan(35);
    expect(assets.filter(({ status }) => status === 'processing')).toEqual([]);
    expect(
      assets.filter(({ status }) => status === 'failed').map(({ fileName, reason }) => `${fileName}: ${reason}`),
    ).toEqual([]);
  });

  it('ends each upload as its manifest says', async () => {
    const { uploads, assets } = await readView();
    const wrong = samples.flatMap((sample) => {
      const upload = uploads.find(({ object }) => object.key === sample.key);
      const asset = assets.find(({ assetId }) => assetId === upload?.assetId);
      const end = upload?.outcome === 'admitted' ? asset?.status : upload?.outcome;
      const wanted = sample.expect === 'replaced' ? 'withdrawn' : sample.expect;
      return end === wanted ? [] : [`${sample.key}: ${end}, not ${wanted} (${upload?.reason ?? asset?.reason ?? ''})`];
    });
    expect(wrong).toEqual([]);
  });
});

describe('the API', () => {
  it.each(['/search?q=bridge', '/uploads?desk=world', '/status', '/openapi.json'])(
    'lets nobody in without a session: %s',
    async (path) => {
      const answer = await fetch(`${(outputs['ApiUrl'] ?? '').replace(/\/$/, '')}${path}`);
      expect(answer.status).toBe(401);
    },
  );

  it('answers a bad parameter with a sentence', async () => {
    const answer = await api.call('/search?q=x&size=999');
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { message: string }).message.length).toBeGreaterThan(10);
  });

  it('says which models answer and what they stand in for', async () => {
    const status = await api.read(statusResponseSchema, '/status');
    expect(status.models.map(({ endpoint }) => endpoint).sort()).toEqual(['embed', 'entities', 'rerank', 'shots']);
    for (const { endpoint, state } of status.models)
      expect([endpoint, state]).toEqual([endpoint, endpoint === 'shots' ? 'on demand' : 'answering']);
  });

  it('never lets an embargoed or withheld item out', async () => {
    const { assets } = await readView();
    const hidden = samples.filter(({ reason }) => /embargo|withheld/i.test(reason ?? ''));
    expect(hidden.length).toBeGreaterThan(0);
    for (const sample of hidden) {
      const asset = assets.find(({ original }) => original.key === sample.key);
      const { hits } = await api.search({ q: asset?.title ?? '', size: '50' });
      expect(hits.map(({ assetId }) => assetId)).not.toContain(asset?.assetId);
      expect((await api.call(`/assets/${asset?.assetId}`)).status).toBeGreaterThanOrEqual(403);
      expect((await api.call(`/assets/${asset?.assetId}/near-duplicates`)).status).toBeGreaterThanOrEqual(403);
      const listed = await api.read(
        uploadsResponseSchema,
        `/uploads?${new URLSearchParams({ desk: asset?.desk ?? '', key: sample.key })}`,
      );
      // Its sender sees what became of it, and nobody its words.
      expect(listed.uploads.map((upload) => [upload.asset?.status, upload.asset?.title])).toEqual([
        [asset?.status, undefined],
      ]);
    }
  });

  it('shows a video with its shots, thumbnails and a preview that can be fetched', async () => {
    const { assets } = await readView();
    const video = assets.find(({ kind, status }) => kind === 'video' && status === 'indexed');
    const asset = await api.read(assetResponseSchema, `/assets/${video?.assetId}`);
    expect(asset.shots?.length).toBeGreaterThan(0);
    const thumbnail = await fetch(asset.shots?.[0]?.thumbnailUrl ?? '');
    expect(thumbnail.headers.get('content-type')).toBe('image/webp');
    const range = await fetch(asset.previewUrl ?? '', { headers: { range: 'bytes=0-99' } });
    expect(range.status).toBe(206);
    expect((await range.arrayBuffer()).byteLength).toBe(100);
  });
});

describe('bad input', () => {
  const at = (name: string): string => `incoming/world/bad-input/${name}`;
  it.each([
    ['zero bytes', 'empty.jpg', ''],
    ['a playlist dressed as a video', 'clip.mp4', '#EXTM3U\n#EXT-X-TARGETDURATION:10\nhttp://127.0.0.1:1/segment.ts\n'],
    ['a concat script dressed as a video', 'list.mov', 'ffconcat version 1.0\nfile /etc/hostname\n'],
    [
      'ninjs that breaks its schema',
      'broken.json',
      JSON.stringify({ uri: 'tag:example.com,2026:x', type: 'text', versioncreated: 42, body_text: ['no'] }),
    ],
    ['bytes that are nothing', 'noise.png', Buffer.from([1, 2, 3, 4, 250, 251, 252, 253]).toString('latin1')],
  ])('%s is refused with a reason', async (_, name, body) => {
    await put(at(name), body);
    const end = await endOf(at(name));
    expect(end.status ?? end.outcome).toBe('refused');
    expect(end.reason.length).toBeGreaterThan(15);
  });

  it('a picture of 100,000 by 100,000 pixels is refused without being decoded', async () => {
    // A PNG header that promises ten thousand million pixels, and nothing behind it.
    const header = Buffer.alloc(33);
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(header);
    header.writeUInt32BE(13, 8);
    header.write('IHDR', 12);
    header.writeUInt32BE(100_000, 16);
    header.writeUInt32BE(100_000, 20);
    header.set([8, 2, 0, 0, 0], 24);
    const { crc32 } = await import('node:zlib');
    header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
    await put(at('vast.png'), header);
    const end = await endOf(at('vast.png'));
    expect(end.status ?? end.outcome).toBe('refused');
  });

  it('HTML with scripts is indexed as its words alone, under a key with spaces, plus signs and accents', async () => {
    const key = at('Évian + river (draft) 1.html');
    await put(
      key,
      '<!doctype html><html><head><title>Ferry</title><script>alert("zanzibar-script")</script></head><body><h1>Ferry to Évian delayed</h1><p>Passengers waited four hours for the Quixotel ferry on the lake.</p><img src=x onerror=alert(1)></body></html>',
    );
    const end = await endOf(key);
    expect(end.status).toBe('indexed');
    await vi.waitFor(
      async () => {
        const { hits } = await api.search({ q: 'quixotel ferry' });
        expect(hits[0]?.assetId).toBe(end.assetId);
        expect(JSON.stringify(hits[0])).not.toMatch(/<script|onerror|zanzibar-script/);
      },
      { timeout: 15_000, interval: 500 },
    );
  });

  it('the next asset goes through', async () => {
    await put(
      at('after.txt'),
      'Harbour reopens\n\nThe harbour of Norvik reopened on Monday after the storm, its master said.',
    );
    expect((await endOf(at('after.txt'))).status).toBe('indexed');
  });
});

describe('the same bytes', () => {
  it('sent five times at once make one asset', async () => {
    const body = `Once only\n\nA short story about a lighthouse keeper, told once. ${Date.now()}`;
    const keys = [1, 2, 3, 4, 5].map((number) => `incoming/culture/once/copy-${number}.txt`);
    await Promise.all(keys.map((key) => put(key, body)));
    const ends = await Promise.all(keys.map(endOf));
    expect(new Set(ends.map(({ assetId }) => assetId)).size).toBe(1);
    expect(ends.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(1);
    expect(ends.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(4);
  });
});

describe('a kill', () => {
  it('takes the earlier version of its story out of the archive at once', async () => {
    const story = (version: string, more: object) =>
      JSON.stringify({
        uri: 'tag:wirescope.example,2026:killed-lighthouse',
        type: 'text',
        version,
        versioncreated: `2026-03-0${version}T10:00:00Z`,
        headline: 'Lighthouse of Brackwater to be sold',
        body_text: 'The lighthouse of Brackwater will be sold in autumn, its keeper Zephyrine Oddo said.',
        ...more,
      });
    await put('incoming/world/kill/lighthouse-1.json', story('1', { pubstatus: 'usable' }));
    const first = await endOf('incoming/world/kill/lighthouse-1.json');
    expect(first.status).toBe('indexed');
    const isFound = async () =>
      (await api.search({ q: 'zephyrine oddo' })).hits.some(({ assetId }) => assetId === first.assetId);
    await expect.poll(isFound, { timeout: 15_000, interval: 500 }).toBe(true);
    await put('incoming/world/kill/lighthouse-2.json', story('2', { pubstatus: 'canceled' }));
    expect((await endOf('incoming/world/kill/lighthouse-2.json')).status).toBe('withdrawn');
    await expect.poll(isFound, { timeout: 15_000, interval: 500 }).toBe(false);
    expect((await endOf('incoming/world/kill/lighthouse-1.json')).status).toBe('withdrawn');
  });
});

describe('a poisoned asset', () => {
  it('ends in the failure queue with its reason, and the alarm reaches its topic', async () => {
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    const sns = new SNSClient({});
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'alarm-watch' }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await sns.send(
      new SubscribeCommand({ TopicArn: outputs['AlarmTopicArn'], Protocol: 'sqs', Endpoint: Attributes?.['QueueArn'] }),
    );
    // The original vanishes, and then a late sidecar asks for another attempt.
    const key = 'incoming/science/poison/vanished.txt';
    await put(key, `Vanished\n\nA story whose original somebody deleted by hand. ${Date.now()}`);
    const { assetId } = await endOf(key);
    const original = (await readView()).assets.find((asset) => asset.assetId === assetId)?.original;
    await s3.send(
      new DeleteObjectCommand({ Bucket: original?.bucket, Key: original?.key, VersionId: original?.versionId }),
    );
    await put(
      'incoming/science/poison/vanished.ninjs.json',
      JSON.stringify({ uri: 'tag:wirescope.example,2026:vanished', headline: 'Late' }),
    );
    await vi.waitFor(
      async () => {
        const asset = (await readView()).assets.find((one) => one.assetId === assetId);
        expect(asset?.status).toBe('failed');
        expect(asset?.reason?.length).toBeGreaterThan(10);
      },
      { timeout: 60_000, interval: 500 },
    );
    const failure = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: outputs['FailureQueueUrl'], VisibilityTimeout: 0, WaitTimeSeconds: 5 }),
    );
    expect(failure.Messages?.[0]?.Body).toContain(assetId);
    await vi.waitFor(
      async () => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }));
        expect(Messages.map(({ Body }) => Body).join(' ')).toContain('wirescope-local-failures');
      },
      { timeout: 100_000, interval: 500 },
    );
  });
});
