import { describe, expect, it } from 'vitest';
import { desksOf } from '../../../lambdas/api/editor.ts';
import { listUploads } from '../../../lambdas/api/list-uploads.ts';
import { uploadsResponseSchema } from '../../../lambdas/contracts/api.ts';
import type { AssetRecord, UploadRecord } from '../../../lambdas/contracts/ledger.ts';

const now = new Date('2026-03-01T12:00:00Z');
const secret = 'Minister resigns';
const id = (letter: string): string => letter.repeat(64);

const asset = (letter: string, overrides: Partial<AssetRecord>): AssetRecord => ({
  assetId: id(letter),
  kind: 'story',
  status: 'indexed',
  attempt: 1,
  desk: 'politics',
  original: { bucket: 'originals', key: `incoming/politics/${letter}.txt` },
  stem: `incoming/politics/${letter}`,
  fileName: `${letter}.txt`,
  mediaType: 'text/plain',
  bytes: 1,
  title: secret,
  steps: {},
  createdAt: '2026-03-01T11:00:00.000Z',
  updatedAt: '2026-03-01T11:00:00.000Z',
  ...overrides,
});
const upload = (letter: string, overrides: Partial<UploadRecord> = {}): UploadRecord => ({
  uploadId: letter,
  desk: 'politics',
  object: { bucket: 'originals', key: `incoming/politics/${letter}.txt` },
  fileName: `${letter}.txt`,
  outcome: 'admitted',
  assetId: id(letter),
  arrivedAt: '2026-03-01T11:00:00.000Z',
  ...overrides,
});

const assets = [
  asset('a', { hold: { withheld: false } }),
  asset('b', { hold: { withheld: false, embargoUntil: '2026-03-02T00:00:00Z' } }),
  asset('c', { hold: { withheld: true } }),
  asset('d', { status: 'processing' }),
  asset('e', { status: 'withdrawn', hold: { withheld: false }, reason: 'Killed.' }),
];
const uploads = [
  ...assets.map(({ assetId }) => upload(assetId.slice(0, 1))),
  upload('f', { outcome: 'refused', assetId: undefined, reason: 'This file is empty.' }),
];
const ledger = {
  listUploads: async ({ key }: { key?: string | undefined }) =>
    uploads.filter(({ object }) => key === undefined || object.key === key),
  getAssets: async () => new Map(assets.map((each) => [each.assetId, each])),
};
const listed = async (desks: readonly string[] | 'all', query: object = {}) =>
  uploadsResponseSchema.parse(await listUploads(ledger, { desk: 'politics', day: '2026-03-01', ...query }, desks, now));

describe('a desk’s list of uploads', () => {
  it('tells no title of what is not released, not even to its own desk', async () => {
    const { uploads: told } = await listed(['politics']);
    expect(told.map(({ fileName, asset: of }) => [fileName, of?.title, of?.release.state])).toEqual([
      ['a.txt', secret, 'released'],
      ['b.txt', undefined, 'embargoed'],
      ['c.txt', undefined, 'withheld'],
      ['d.txt', undefined, 'unknown'],
      ['e.txt', undefined, 'unknown'],
      ['f.txt', undefined, undefined],
    ]);
  });

  it('tells the desk that each upload arrived and what became of it', async () => {
    const { uploads: told, hiddenCount } = await listed(['sport', 'politics']);
    expect(hiddenCount).toBe(0);
    expect(told.map(({ outcome, reason, asset: of }) => of?.reason ?? reason ?? of?.status ?? outcome)).toEqual([
      'indexed',
      'indexed',
      'indexed',
      'processing',
      'Killed.',
      'This file is empty.',
    ]);
    expect(told[1]?.asset?.release).toEqual({ state: 'embargoed', until: '2026-03-02T00:00:00Z' });
  });

  it('shows another desk’s editors what is released, and of the rest how much there is', async () => {
    const answer = await listed(['sport']);
    expect(answer.uploads.map(({ fileName }) => fileName)).toEqual(['a.txt']);
    expect(answer.hiddenCount).toBe(5);
    expect(JSON.stringify(answer)).not.toMatch(/[b-f]\.txt/);
  });

  it('follows one upload for whoever was given its key, still without its words', async () => {
    const { uploads: told } = await listed(['sport'], { key: 'incoming/politics/b.txt' });
    expect(told).toMatchObject([{ fileName: 'b.txt', asset: { release: { state: 'embargoed' } } }]);
    expect(JSON.stringify(told)).not.toContain(secret);
  });

  it('shows its words from the moment at which the embargo ends', async () => {
    const { uploads: told } = await listUploads(
      ledger,
      { desk: 'politics', day: '2026-03-01' },
      'all',
      new Date('2026-03-02T00:00:00Z'),
    );
    expect(told[1]?.asset).toMatchObject({ title: secret, release: { state: 'released' } });
  });
});

describe('the desks of an editor', () => {
  it.each([
    ['[editor desk-sport desk-world]', ['sport', 'world']],
    [['editor', 'desk-sport'], ['sport']],
    ['[editor]', 'all'],
    [undefined, 'all'],
  ])('are the pool’s groups that begin with desk-: %j', (groups, desks) => {
    expect(desksOf({ 'cognito:groups': groups })).toEqual(desks);
  });
});
