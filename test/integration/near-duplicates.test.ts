import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinGroup, showGroup, splitFromGroup } from '../../lambdas/api/near-duplicate-group.ts';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { maxRowsPerBucket } from '../../lambdas/clients/near-duplicates/likenesses.ts';
import { NearDuplicates } from '../../lambdas/clients/near-duplicates.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import type { AssetKind } from '../../lambdas/contracts/assets.ts';
import { documentId } from '../../lambdas/contracts/document-id.ts';
import { descriptionsFileSchema } from '../../lambdas/contracts/documents.ts';
import { derivedKeys } from '../../lambdas/contracts/keys.ts';
import { NearDuplicateSearch } from '../../lambdas/describe/likeness/near-duplicate-search.ts';
import { perceptualHash, toWebp } from '../../lambdas/runtime/renditions.ts';
import { places } from '../../setup/places.ts';
import { inMemoryBucket } from '../lambdas/support/in-memory-bucket.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';
import { sampleDocument } from './search/sample-documents.ts';

let emulator: CloudEmulator;
let table: LedgerTable;
let ledger: AssetLedger;
let nearDuplicates: NearDuplicates;
let search: NearDuplicateSearch;
const derived = inMemoryBucket('derived');

beforeAll(async () => {
  emulator = await startCloudEmulator();
  table = await createLedgerTable(emulator, 'ledger');
  ledger = new AssetLedger(table);
  nearDuplicates = new NearDuplicates(table);
  search = new NearDuplicateSearch({ nearDuplicates, ledger, derived: derived.bucket, now: () => new Date() });
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

const sample = (file: string) => readFile(path.join(places.workshop, 'samples', 'originals', file));
const assetIdOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function admit(kind: AssetKind, bytes: Buffer, assetId = assetIdOf(bytes)) {
  const stem = `incoming/news/${assetId}`;
  const { asset } = await ledger.claimAsset({
    assetId,
    kind,
    desk: 'news',
    original: { bucket: 'originals', key: stem },
    stem,
    fileName: 'file',
    mediaType: 'image/jpeg',
    bytes: bytes.length,
  });
  return { assetId, kind, arrivedAt: asset.createdAt, bytes: asset.bytes };
}

async function arrive(bytes: Buffer) {
  const asset = await admit('photo', bytes);
  const thumbnail = await toWebp(sharp(bytes), 'thumbnail');
  derived.put(derivedKeys.thumbnail(asset.assetId, 'photo'), thumbnail);
  return { assetId: asset.assetId, look: async () => search.ofPhoto(asset, bytes, await perceptualHash(bytes)) };
}
const groupOf = async (assetId: string) => (await nearDuplicates.getMembership(assetId))?.groupId;

describe('photos', () => {
  it('end in one group however they were cropped, framed, captioned or compressed; another photo stays alone', async () => {
    const original = await sharp(await sample('scikit-learn/china.jpg'))
      .jpeg({ quality: 92 })
      .toBuffer();
    const { width, height } = await sharp(original).metadata();
    const versions = [
      original,
      await sharp(original).jpeg({ quality: 35 }).toBuffer(),
      await sharp(original).resize(320).webp().toBuffer(),
      await sharp(original)
        .extract({ left: 0, top: 30, width: Math.round(width * 0.85), height: Math.round(height * 0.85) })
        .jpeg()
        .toBuffer(),
      await sharp(original).extend({ top: 60, bottom: 60, background: '#000' }).jpeg().toBuffer(),
    ];
    const other = await sharp(await sample('scikit-learn/flower.jpg'))
      .jpeg()
      .toBuffer();
    const arrived = [];
    for (const bytes of [...versions, other]) {
      const one = await arrive(bytes);
      await one.look();
      arrived.push(one.assetId);
    }
    const groups = await Promise.all(arrived.map(groupOf));
    expect(groups[0]).toBeDefined();
    expect(new Set(groups.slice(0, versions.length))).toEqual(new Set([groups[0]]));
    expect(groups.at(-1)).toBeUndefined();
    const members = await nearDuplicates.listGroup(groups[0] as string);
    expect(new Set(members.map(({ assetId }) => assetId))).toEqual(new Set(arrived.slice(0, versions.length)));
    const [nearest] = await nearDuplicates.neighboursOf(
      arrived[1] as string,
      documentId(arrived[1] as string, 'photo', 0),
    );
    expect(nearest).toMatchObject({ assetId: arrived[0], documentId: documentId(arrived[0] as string, 'photo', 0) });
  });

  it('that arrive at the same moment end in one group', async () => {
    const original = await sharp(await sample('scikit-image/coffee.png'))
      .jpeg({ quality: 92 })
      .toBuffer();
    const versions = await Promise.all(
      [40, 55, 70, 80, 90].map((quality) => sharp(original).jpeg({ quality }).toBuffer()),
    );
    const arrived = await Promise.all(versions.map(arrive));
    await Promise.all(arrived.map(({ look }) => look()));
    const groups = await Promise.all(arrived.map(({ assetId }) => groupOf(assetId)));
    expect(groups[0]).toBeDefined();
    expect(new Set(groups).size).toBe(1);
  });

  it('stay where an editor put them, whatever arrives and however often they are looked at', async () => {
    const original = await sharp(await sample('scikit-image/astronaut.png'))
      .jpeg({ quality: 92 })
      .toBuffer();
    const versions = await Promise.all([40, 60, 80].map((quality) => sharp(original).jpeg({ quality }).toBuffer()));
    const [first, second, third] = await Promise.all(versions.map(arrive));
    if (!first || !second || !third) throw new Error('three versions');
    await first.look();
    await second.look();
    expect(await groupOf(second.assetId)).toBe(await groupOf(first.assetId));

    expect(await nearDuplicates.splitFromGroup(second.assetId, 'maria')).toBe(true);
    await second.look();
    await third.look();
    await second.look();
    expect(await groupOf(second.assetId)).not.toBe(await groupOf(first.assetId));
    expect(await nearDuplicates.getMembership(second.assetId)).toMatchObject({ decidedBy: 'maria' });
    expect(await nearDuplicates.splitFromGroup(randomUUID(), 'maria')).toBe(false);
  });

  it('that an editor joins are one group from then on, with those that were grouped with them', async () => {
    const [one, other] = await Promise.all(
      ['scikit-image/chelsea.png', 'scikit-image/rocket.jpg'].map(async (file) =>
        sharp(await sample(file))
          .jpeg({ quality: 92 })
          .toBuffer(),
      ),
    );
    if (!one || !other) throw new Error('two pictures');
    const copy = await sharp(one).jpeg({ quality: 50 }).toBuffer();
    const arrived = await Promise.all([one, copy, other].map(arrive));
    for (const { look } of arrived) await look();
    const [a, b, c] = arrived.map(({ assetId }) => assetId) as [string, string, string];
    expect(await groupOf(c)).toBeUndefined();
    const enrolments = [await nearDuplicates.getMembership(a), await nearDuplicates.getMembership(c)];
    if (!enrolments[0] || !enrolments[1]) throw new Error('both are enrolled');
    const groupId = await nearDuplicates.joinByEditor({ one: enrolments[0], other: enrolments[1], editor: 'maria' });
    for (const { look } of arrived) await look();
    expect(await Promise.all([a, b, c].map(groupOf))).toEqual([groupId, groupId, groupId]);
  });

  it('of one plain colour are told so, and found by nothing', async () => {
    const plain = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#101010' } })
      .jpeg()
      .toBuffer();
    const { assetId, look } = await arrive(plain);
    expect(await look()).toEqual({ duplicates: 0, isPlain: true });
    const [likeness] = await nearDuplicates.listLikenesses(assetId);
    expect(likeness?.hashes).toEqual({});
  });

  it('are no neighbours of what was withdrawn', async () => {
    const original = await sharp(await sample('scikit-image/clock_motion.png'))
      .jpeg({ quality: 92 })
      .toBuffer();
    const [first, second] = await Promise.all([
      arrive(original),
      arrive(await sharp(original).jpeg({ quality: 60 }).toBuffer()),
    ]);
    await first.look();
    await ledger.settleAsset(first.assetId, 1, { status: 'withdrawn', reason: 'Killed.' });
    expect(await second.look()).toMatchObject({ duplicates: 0 });
  });
});

describe('the group of an asset, as its page asks for it', () => {
  const asked = () => ({
    ledger,
    nearDuplicates,
    derived: derived.bucket,
    originals: derived.bucket,
    withdrawals: new Withdrawals(table),
  });
  /** Two versions of one picture in one group, and one of another picture, each described. */
  async function described(file: string, rights: { embargoUntil?: string } = {}) {
    const original = await sharp(await sample(file))
      .jpeg({ quality: 92 })
      .toBuffer();
    const versions = [original, await sharp(original).jpeg({ quality: 45 }).toBuffer()];
    const ids = [];
    for (const [at, bytes] of versions.entries()) {
      const { assetId, look } = await arrive(bytes);
      await look();
      const { entities: _, vector: __, ...document } = sampleDocument(`${file} ${at}`, 'A picture.', { assetId });
      const described = { ...document, rights: { withheld: false, ...(at === 1 ? rights : {}) } };
      await derived.bucket.putJson(derivedKeys.descriptions(assetId, 1), descriptionsFileSchema, {
        assetId,
        attempt: 1,
        descriptions: [described],
      });
      ids.push(assetId);
    }
    return ids as [string, string];
  }
  const shown = ({ members }: Awaited<ReturnType<typeof showGroup>>) => members.map(({ assetId }) => assetId);

  it('names the largest file first, is left by an editor’s word, and is joined again by one', async () => {
    const [large, small] = await described('scikit-image/camera.png');
    const before = await showGroup(asked(), small);
    expect(shown(before)).toEqual([large, small]);
    expect(before.members.map(({ isRepresentative }) => isRepresentative)).toEqual([true, false]);
    expect(await splitFromGroup(asked(), small, 'maria')).toEqual({ members: [], hiddenCount: 0, splitBy: 'maria' });
    expect(await showGroup(asked(), large)).toEqual({ members: [], hiddenCount: 0 });
    await expect(splitFromGroup(asked(), small, 'maria')).rejects.toMatchObject({ status: 409 });
    const joined = await joinGroup(asked(), small, { assetId: large }, 'noor');
    expect(new Set(shown(joined))).toEqual(new Set([large, small]));
    expect(joined.members.find(({ assetId }) => assetId === small)).toMatchObject({ joinedBy: 'noor' });
  });

  it('counts a member under embargo without showing it, and shows that one to nobody', async () => {
    const [open, held] = await described('scikit-image/hubble_deep_field.jpg', {
      embargoUntil: '2999-01-01T00:00:00Z',
    });
    expect(await showGroup(asked(), open)).toMatchObject({ members: [{ assetId: open }], hiddenCount: 1 });
    for (const forbidden of [
      showGroup(asked(), held),
      splitFromGroup(asked(), held, 'maria'),
      joinGroup(asked(), open, { assetId: held }, 'maria'),
    ])
      await expect(forbidden).rejects.toMatchObject({ status: 403 });
  });

  it('takes in no asset of another kind, nor the same one twice, nor one that is not there', async () => {
    const [one] = await described('scikit-image/ihc.png');
    await expect(joinGroup(asked(), one, { assetId: one }, 'maria')).rejects.toMatchObject({ status: 400 });
    await expect(joinGroup(asked(), one, { assetId: 'f'.repeat(64) }, 'maria')).rejects.toMatchObject({ status: 404 });
    const story = await admit('story', Buffer.from('A story.'));
    const { entities: _, vector: __, ...document } = sampleDocument('Story', 'A story.', { assetId: story.assetId });
    await derived.bucket.putJson(derivedKeys.descriptions(story.assetId, 1), descriptionsFileSchema, {
      assetId: story.assetId,
      attempt: 1,
      descriptions: [document],
    });
    await expect(joinGroup(asked(), one, { assetId: story.assetId }, 'maria')).rejects.toMatchObject({ status: 400 });
  });
});

describe('the rows of the index', () => {
  const rowsOf = async (id: string) => {
    const { Items = [] } = await table.client.send(
      new ScanCommand({
        TableName: table.tableName,
        FilterExpression: 'begins_with(pk, :like) AND contains(sk, :id)',
        ExpressionAttributeValues: { ':like': 'LIKE#', ':id': id },
      }),
    );
    return Items;
  };
  const hash = (digit: string) => digit.repeat(16);

  it('follow the hashes that a document has now', async () => {
    const assetId = 'a'.repeat(64);
    const id = documentId(assetId, 'photo', 0);
    await nearDuplicates.putLikeness(
      { assetId, documentId: id, hashes: { picture: [hash('3')], detail: [hash('5')] } },
      new Date(),
    );
    expect(await rowsOf(id)).toHaveLength(6);
    await nearDuplicates.putLikeness({ assetId, documentId: id, hashes: { picture: [hash('3')] } }, new Date());
    expect(await rowsOf(id)).toHaveLength(3);
    const [likeness] = await nearDuplicates.listLikenesses(assetId);
    expect(likeness).toMatchObject({ documentId: id, hashes: { picture: [hash('3')] } });
  });

  it('do not grow without end where one picture comes again and again, and still lead to it', async () => {
    const assets = Array.from({ length: maxRowsPerBucket + 20 }, (_, at) => at.toString(16).padStart(64, 'c'));
    for (const [before, assetId] of assets.entries()) {
      const likeness = { assetId, documentId: documentId(assetId, 'shot', 0), hashes: { picture: [hash('9')] } };
      await nearDuplicates.putLikeness(likeness, new Date());
      const { candidates, crowded } = await nearDuplicates.findCandidates(likeness, { isOneOfMany: true });
      expect(candidates).toHaveLength(Math.min(before, maxRowsPerBucket));
      expect(crowded).toBe(before < maxRowsPerBucket ? 0 : 3);
    }
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': (await rowsOf(assets[0] as string))[0]?.['pk'] },
      }),
    );
    expect(Items).toHaveLength(maxRowsPerBucket);
  }, 120_000);
});

describe('stories', () => {
  const sentence = (seed: number, words: number) =>
    Array.from({ length: words }, (_, at) => `word${(seed * 7919 + at * 104_729) % 5000}`).join(' ');
  async function story(text: string) {
    const asset = await admit('story', Buffer.from(text));
    return { assetId: asset.assetId, found: await search.ofStory(asset, text) };
  }

  it('that were edited or cut off join the first; another story under the same boilerplate does not', async () => {
    const boilerplate = sentence(99, 60);
    const text = `${sentence(1, 300)} ${boilerplate}`;
    const first = await story(text);
    const edited = await story(text.replace(/word1\d\b/g, 'changed'));
    const cutOff = await story(text.split(' ').slice(0, 240).join(' '));
    const other = await story(`${sentence(2, 250)} ${boilerplate}`);
    const groups = await Promise.all([first, edited, cutOff, other].map(({ assetId }) => groupOf(assetId)));
    expect(groups[0]).toBeDefined();
    expect(groups.slice(0, 3)).toEqual([groups[0], groups[0], groups[0]]);
    expect(groups[3]).toBeUndefined();
  });
});
