import { describe, expect, it } from 'vitest';
import { checkReleased, downloadType, entitiesOf, passagesOf } from '../../../lambdas/api/asset-view.ts';
import type { Description } from '../../../lambdas/contracts/documents.ts';
import type { AssetRecord } from '../../../lambdas/contracts/ledger.ts';

const now = new Date('2026-03-01T12:00:00Z');
const asset = (overrides: Partial<AssetRecord> = {}): AssetRecord => ({
  assetId: 'a'.repeat(64),
  kind: 'story',
  status: 'indexed',
  attempt: 1,
  desk: 'sport',
  original: { bucket: 'originals', key: 'incoming/sport/a.txt' },
  stem: 'incoming/sport/a',
  fileName: 'a.txt',
  mediaType: 'text/html',
  bytes: 1,
  steps: {},
  createdAt: '2026-03-01T11:00:00.000Z',
  updatedAt: '2026-03-01T11:00:00.000Z',
  ...overrides,
});
const description = (
  rights: Partial<Description['rights']> = {},
  overrides: Partial<Description> = {},
): Description => ({
  documentId: 'd',
  assetId: 'a'.repeat(64),
  kind: 'passage',
  assetKind: 'story',
  ordinal: 0,
  desk: 'sport',
  title: 'Harbour opens',
  text: 'The harbour opened.',
  context: '',
  keywords: [],
  people: [],
  arrivedAt: '2026-03-01T11:00:00.000Z',
  provenance: 'text',
  rights: { withheld: false, ...rights },
  ...overrides,
});

describe('what may leave the archive', () => {
  it.each([
    ['nothing holds it back', {}],
    ['its embargo has ended', { embargoUntil: '2026-03-01T12:00:00Z' }],
    ['its embargo ended in another zone', { embargoUntil: '2026-03-01T13:00:00+02:00' }],
  ])('goes out where %s', (_, rights) => {
    expect(() => checkReleased(asset(), [description(rights)], now)).not.toThrow();
  });

  it.each([
    ['under embargo', {}, [{ embargoUntil: '2026-03-01T12:00:01Z' }], 403, /embargo until 2026-03-01T12:00:01Z/],
    ['where one passage is under embargo', {}, [{}, { embargoUntil: '2026-03-02T00:00:00Z' }], 403, /embargo/],
    ['withheld', {}, [{ withheld: true }], 403, /withheld/],
    [
      'embargoed by a sidecar just read',
      { hold: { withheld: false, embargoUntil: '2026-03-02T00:00:00Z' } },
      [{}],
      403,
      /embargo/,
    ],
    ['withdrawn', { status: 'withdrawn', reason: 'Replaced by version 2.' }, [{}], 410, /Replaced by version 2/],
    ['refused', { status: 'refused', reason: 'The file is cut off.' }, [], 410, /cut off/],
    ['failed before its rights were known', { status: 'failed', reason: 'No answer.' }, [], 409, /No answer/],
    ['not yet described', { status: 'processing' }, [], 409, /still being worked on/],
  ] as const)('stays in where it is %s', (_, record, rights, status, sentence) => {
    const check = () =>
      checkReleased(
        asset(record),
        rights.map((each) => description(each)),
        now,
      );
    expect(check).toThrow(sentence);
    expect(check).toThrow(expect.objectContaining({ status }));
  });
});

describe('an asset’s view', () => {
  it('orders passages and leaves shots to the shot strip', () => {
    const parts = [
      description({}, { ordinal: 1, text: 'b' }),
      description({}, { text: 'a' }),
      description({}, { kind: 'shot' }),
    ];
    expect(passagesOf(parts).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('names each entity once, the most frequent first', () => {
    const [kyiv, nato] = [
      { text: 'Kyiv', label: 'LOC' as const, key: 'kyiv' },
      { text: 'NATO', label: 'ORG' as const, key: 'nato' },
    ];
    expect(entitiesOf([{ entities: [nato, kyiv] }, { entities: [{ ...kyiv, text: 'KYIV' }] }])).toEqual([kyiv, nato]);
  });

  it('never serves a story as a page', () => {
    expect(downloadType({ kind: 'story', mediaType: 'text/html' })).toBe('application/octet-stream');
    expect(downloadType({ kind: 'photo', mediaType: 'image/jpeg' })).toBe('image/jpeg');
  });
});
