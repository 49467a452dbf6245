import { describe, expect, it } from 'vitest';
import {
  type EstimateClients,
  estimateBackfill,
  estimateInWords,
  kindByName,
  recentSeconds,
} from '../../bin/wirescope/backfill-estimate.ts';
import { type SourceObject, sourceOf } from '../../bin/wirescope/backfill-source.ts';
import { estimateCaptions } from '../../lambdas/clients/captions/cost.ts';
import { maxCaptionsPerAsset } from '../../lambdas/contracts/captions.ts';
import { uploadId } from '../../lambdas/contracts/keys.ts';
import type { AssetRecord, UploadRecord } from '../../lambdas/contracts/ledger.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';

const photo = (desk: string, at: number) => ({ key: `backfill/${desk}/${at}.JPG`, bytes: 1000, versionId: 'v1' });
const video = (desk: string, at: number) => ({ key: `backfill/${desk}/${at}.mov`, bytes: 50_000, versionId: 'v1' });

async function* pages(...objects: SourceObject[][]): AsyncGenerator<SourceObject[]> {
  yield* objects;
}
const clients = (overrides: Partial<EstimateClients> = {}): EstimateClients => ({
  rows: { uploadsKnown: async () => new Set() },
  originalsBucket: 'originals',
  captions: 'off',
  secondsByKind: {},
  workflows: 10,
  ...overrides,
});

describe('what a backfill is asked for', () => {
  it('is one prefix below backfill/ or one manifest below inventory/', () => {
    expect(sourceOf({ prefix: 'backfill/sport/2019/' })).toEqual({ prefix: 'backfill/sport/2019/' });
    expect(sourceOf({ inventory: 'inventory/a/manifest.json' })).toEqual({
      inventory: { key: 'inventory/a/manifest.json' },
    });
  });

  it.each([
    [{}, /either --prefix PREFIX or --inventory KEY/],
    [{ prefix: 'backfill/a/', inventory: 'inventory/a/manifest.json' }, /either/],
    [{ prefix: 'incoming/sport/' }, /lie below backfill\/DESK\//],
    [{ inventory: 'inventory/a/data.csv.gz' }, /named by its manifest/],
  ])('is refused otherwise: %j', (asked, sentence) => {
    expect(() => sourceOf(asked)).toThrow(sentence);
  });
});

describe('the estimate', () => {
  it.each([
    ['backfill/sport/goal.JPG', 'photo'],
    ['backfill/sport/goal.mxf', 'video'],
    ['backfill/sport/report.html', 'story'],
    ['backfill/sport/goal.ninjs.json', 'sidecar'],
    ['backfill/sport/goal.shotlist.txt', 'sidecar'],
    ['backfill/sport/goal.psd', 'other'],
    ['backfill/sport/README', 'other'],
  ])('takes %s for a %s by its name', (key, kind) => {
    expect(kindByName(key)).toBe(kind);
  });

  it('spends on captions what the budget’s prices say, on nothing that the archive has met', async () => {
    const captions = captionSettings();
    const met = uploadId({ bucket: 'originals', ...photo('sport', 0) });
    const estimate = await estimateBackfill(
      clients({ captions, rows: { uploadsKnown: async (ids) => new Set(ids.filter((id) => id === met)) } }),
      pages([photo('sport', 0), photo('sport', 1)], [photo('world', 2), video('world', 3)]),
    );
    const pictures = (count: number) => estimateCaptions(captions, count, 0);
    expect(estimate).toMatchObject({ objects: 4, bytes: 53_000, known: 1 });
    expect(estimate.captions).toMatchObject({
      lowMicroDollars: pictures(2).lowMicroDollars,
      highMicroDollars: pictures(2 + maxCaptionsPerAsset).highMicroDollars,
    });
  });

  it('names the days of the desk whose money lasts longest, and a desk without any', async () => {
    const perPicture = estimateCaptions(captionSettings(), 1, 0).highMicroDollars;
    const budget = { desks: { sport: perPicture * 2, world: perPicture * 10 } };
    const all = [[...Array.from({ length: 9 }, (_, at) => photo('sport', at)), photo('world', 9)]];
    const rich = await estimateBackfill(clients({ captions: captionSettings({ budget }) }), pages(...all));
    expect(rich.captions?.days).toBe(5);
    const poor = captionSettings({ budget: { desks: { ...budget.desks, world: 0 } } });
    const stuck = await estimateBackfill(clients({ captions: poor }), pages(...all));
    expect(stuck.captions?.days).toBeUndefined();
    expect(estimateInWords(stuck)).toContain('a desk has no money for any');
  });

  it('reckons time by how long recent assets took, and knows none of a kind that never came', async () => {
    const objects = [[photo('sport', 1), photo('sport', 2), video('sport', 3)]];
    const known = await estimateBackfill(clients({ secondsByKind: { photo: 30, video: 300 } }), pages(...objects));
    expect(known.hours).toBeCloseTo(360 / 10 / 3600, 9);
    const unknown = await estimateBackfill(clients({ secondsByKind: { photo: 30 } }), pages(...objects));
    expect(unknown.hours).toBeUndefined();
    expect(estimateInWords(unknown)).toContain('Time: not known');
  });

  it('goes by the middle one of the last week’s assets', async () => {
    const now = new Date('2026-03-08T12:00:00Z');
    const assets = [10, 20, 90].map(
      (seconds, at) =>
        ({
          assetId: String(at),
          kind: 'photo',
          status: 'indexed',
          steps: { describe: { status: 'done', startedAt: '2026-03-08T10:00:00.000Z' } },
          indexedAt: new Date(Date.parse('2026-03-08T10:00:00Z') + seconds * 1000).toISOString(),
        }) as AssetRecord,
    );
    const days: string[] = [];
    const ledger = {
      listDesks: async () => ['sport'],
      listUploads: async ({ day }: { day: string }) => {
        days.push(day);
        return day === '2026-03-08' ? assets.map(({ assetId }) => ({ assetId }) as UploadRecord) : [];
      },
      getAssets: async (ids: readonly string[]) =>
        new Map(assets.filter(({ assetId }) => ids.includes(assetId)).map((asset) => [asset.assetId, asset])),
    };
    expect(await recentSeconds(ledger, now)).toEqual({ photo: 20 });
    expect(days).toHaveLength(7);
  });
});
