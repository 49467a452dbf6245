import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { exitCodes } from '../../bin/wirescope/exit-codes.ts';
import { emulatorEnvironment, instanceOf } from '../../local/supervisor/instance.ts';
import { readLedger } from '../../local/supervisor/ledger-view.ts';

const { outputs } = inject('system');
const folder = mkdtempSync(path.join(tmpdir(), 'wirescope-operator-'));
let s3: S3Client;
let dynamo: DynamoDBDocumentClient;

beforeAll(() => {
  Object.assign(process.env, emulatorEnvironment(instanceOf('test', 5500)));
  s3 = new S3Client({ forcePathStyle: true });
  dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (key: string, body: string | Uint8Array): Promise<unknown> =>
  s3.send(new PutObjectCommand({ Bucket: outputs['OriginalsBucketName'], Key: key, Body: body }));

/** Runs a command as an operator would, and reads its answer where that is JSON. */
async function wirescope(...parameters: string[]) {
  const { stdout, stderr, exitCode } = await execa(process.execPath, ['bin/wirescope.ts', ...parameters], {
    reject: false,
  });
  return { stdout, stderr, exitCode, answer: stdout.startsWith('{') ? JSON.parse(stdout) : undefined };
}

/** Blocks that no other picture has, so that it is nothing's near-duplicate. */
const photo = () =>
  sharp(randomBytes(64), { raw: { width: 8, height: 8, channels: 1 } })
    .resize(640, 640, { kernel: 'nearest' })
    .jpeg()
    .toBuffer();

/** What became of the uploads below a prefix: each its outcome, and its asset's status and attempt. */
async function endsBelow(prefix: string): Promise<string[]> {
  const { uploads, assets } = await readLedger(dynamo, outputs['LedgerTableName'] ?? '');
  return uploads
    .filter(({ object }) => object.key.startsWith(prefix))
    .map(({ outcome, assetId }) => {
      const asset = assets.find((each) => each.assetId === assetId);
      return asset === undefined ? outcome : `${outcome}, ${asset.status} by attempt ${asset.attempt}`;
    });
}
const soon = { timeout: 60_000, interval: 300 };

describe('an operator', () => {
  it('withdraws a photo with a receipt, keeps it out, and lets it come back; a backfill is taken in meanwhile', async () => {
    const bytes = await photo();
    const assetId = createHash('sha256').update(bytes).digest('hex');
    const key = 'incoming/sport/operator/regatta.jpg';
    await put(key, bytes);
    await expect.poll(() => endsBelow(key), soon).toEqual(['admitted, indexed by attempt 1']);
    const looked = await wirescope('withdraw', key, '--dry-run', '--json');
    expect(looked.answer).toMatchObject({ assets: [{ assetId, state: 'found', stores: { originals: 1, index: 1 } }] });

    const order = ['withdraw', assetId, '--reason', 'The court ordered it.', '--receipts', folder, '--json'];
    const withdrawing = wirescope(...order);
    await backfillTakesIn();
    const withdrawn = await withdrawing;
    expect(withdrawn).toMatchObject({
      exitCode: exitCodes.done,
      stderr: '',
      answer: { assets: [{ state: 'proved' }] },
    });
    const { receiptKey } = withdrawn.answer.assets[0];
    for (const receipt of [receiptKey, path.join(folder, `${assetId}-withdrawal.json`)])
      expect((await wirescope('receipt', 'verify', receipt, '--json')).answer).toMatchObject({ isGenuine: true });
    expect((await wirescope('status', assetId, '--json')).answer).toMatchObject({ withdrawal: { receiptKey } });

    const back = 'incoming/sport/operator/back.jpg';
    await put(back, bytes);
    await expect.poll(() => endsBelow(back), soon).toEqual(['refused']);
    const lifted = await wirescope('withdraw', assetId, '--lift', '--reason', 'The order was overturned.');
    expect(lifted.stdout).toMatch(/may come again, receipt receipts\//);
    const home = 'incoming/sport/operator/home.jpg';
    await put(home, bytes);
    await expect.poll(() => endsBelow(home), soon).toEqual(['admitted, indexed by attempt 2']);
  }, 420_000);

  it('finds bucket, ledger and index in agreement, and changes nothing by looking', async () => {
    const { exitCode, answer } = await wirescope('reconcile', '--dry-run', '--json');
    expect([exitCode, answer]).toMatchObject([exitCodes.done, { isDryRun: true, found: {}, repaired: {} }]);
    for (const seen of ['rows', 'objects', 'folders', 'documents']) expect(answer.seen[seen]).toBeGreaterThan(10);
  });
});

async function backfillTakesIn(): Promise<void> {
  const prefix = 'backfill/science/operator/';
  for (const at of [1, 2, 3])
    await put(`${prefix}tide-${at}.txt`, `Tide ${at}\n\nTide tables of the year ${1900 + at} were found in an attic.`);
  const asked = ['backfill', '--prefix', prefix, '--json'];
  expect((await wirescope(...asked, '--dry-run')).answer).toMatchObject({ estimate: { objects: 3, known: 0 } });
  const unasked = await wirescope(...asked);
  expect([unasked.exitCode, unasked.stdout]).toEqual([exitCodes.notBegun, '']);
  expect(await endsBelow(prefix)).toEqual([]);
  const taken = await wirescope(...asked, '--yes');
  expect([taken.exitCode, taken.answer]).toMatchObject([exitCodes.done, { status: 'SUCCEEDED', failed: 0 }]);
  await expect.poll(() => endsBelow(prefix), soon).toEqual([1, 2, 3].map(() => 'admitted, indexed by attempt 1'));
}
