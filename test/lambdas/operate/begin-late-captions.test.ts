import { describe, expect, it } from 'vitest';
import { AttemptNotAllowedError } from '../../../lambdas/clients/asset-ledger.ts';
import { nothingSpent } from '../../../lambdas/clients/captions/budget.ts';
import { dearestCall } from '../../../lambdas/clients/captions/cost.ts';
import type { Spend, WaitingCaptions } from '../../../lambdas/contracts/captions.ts';
import type { AssetRecord } from '../../../lambdas/contracts/ledger.ts';
import { beginLateCaptions, maxBegunPerRun } from '../../../lambdas/operate/begin-late-captions.ts';
import { FencedError } from '../../../lambdas/runtime/errors.ts';
import { captionSettings } from '../support/caption-settings.ts';

const now = new Date('2026-05-02T00:05:00Z');
const settings = captionSettings();
const idOf = (at: number): string => at.toString(16).padStart(64, '0');
const assetOf = (at: number, changes: Partial<AssetRecord> = {}): AssetRecord => ({
  assetId: idOf(at),
  kind: 'photo',
  status: 'indexed',
  attempt: 1,
  desk: 'sport',
  original: { bucket: 'originals', key: 'incoming/sport/a.jpg' },
  stem: 'incoming/sport/a',
  fileName: 'a.jpg',
  mediaType: 'image/jpeg',
  bytes: 1,
  steps: {},
  createdAt: '2026-05-01T10:00:00Z',
  updatedAt: '2026-05-01T10:00:00Z',
  ...changes,
});
const waitingOf = (at: number, changes: Partial<WaitingCaptions> = {}): WaitingCaptions => ({
  assetId: idOf(at),
  desk: 'sport',
  reason: 'budget',
  pictures: 1,
  since: '2026-05-01T10:00:00Z',
  dueAt: `2026-05-02T00:00:${String(at % 60).padStart(2, '0')}.000Z`,
  tries: 0,
  ...changes,
});

/** A ledger of assets and waiting rows that behaves as the real one, and remembers what was begun and started. */
function archive(
  rows: WaitingCaptions[],
  assets: AssetRecord[] = rows.map((_, at) => assetOf(at)),
  options: { outlook?: 'free' | 'probe' | 'stop'; spend?: Spend; fence?: Error } = {},
) {
  const waiting = new Map(rows.map((row) => [row.assetId, row]));
  const known = new Map(assets.map((asset) => [asset.assetId, asset]));
  const started: [string, number][] = [];
  const swept: string[] = [];
  const clients: Parameters<typeof beginLateCaptions>[0] = {
    settings,
    now: () => now,
    ledger: {
      getAsset: async (assetId) => known.get(assetId),
      listDesks: async () => ['sport'],
      beginAttempt: async (assetId, { expectedAttempt }) => {
        if (options.fence) throw options.fence;
        const next = assetOf(0, { ...known.get(assetId), attempt: expectedAttempt + 1, status: 'processing' });
        known.set(assetId, next);
        return next;
      },
    },
    workflow: {
      start: async ({ assetId, attempt }) => {
        if (started.some(([id, number]) => id === assetId && number === attempt)) return false;
        started.push([assetId, attempt]);
        return true;
      },
    },
    records: {
      listWaiting: async ({ dueBefore, limit }) =>
        [...waiting.values()]
          .filter(({ dueAt }) => dueAt <= dueBefore)
          .sort((a, b) => a.dueAt.localeCompare(b.dueAt))
          .slice(0, limit),
      postpone: async (seen, next) => {
        const current = waiting.get(seen.assetId);
        if (current?.dueAt !== seen.dueAt || current.tries !== seen.tries) return false;
        waiting.set(seen.assetId, { ...current, ...next });
        return true;
      },
      forgetWaiting: async (assetId) => {
        waiting.delete(assetId);
      },
      countWaiting: async () => waiting.size,
    },
    budget: {
      read: async () => options.spend ?? nothingSpent,
      sweep: async (_desk, day) => {
        swept.push(day);
        return { settled: 1, unaccounted: 0 };
      },
    },
    paid: { recall: async () => undefined },
    gate: { outlook: async () => options.outlook ?? 'free' },
  };
  return { clients, waiting, known, started, swept };
}

describe('captions that had to wait', () => {
  it('are begun by a new attempt each, the longest due first, and put off until its end', async () => {
    const { clients, waiting, started } = archive(
      [waitingOf(2), waitingOf(0), waitingOf(1)],
      [0, 1, 2].map((at) => assetOf(at)),
    );
    const report = await beginLateCaptions(clients);
    expect(started).toEqual([0, 1, 2].map((at) => [idOf(at), 2]));
    expect(report).toMatchObject({ begun: [idOf(0), idOf(1), idOf(2)], waiting: 3, isProviderAway: false });
    expect(waiting.get(idOf(0))).toMatchObject({ tries: 1, attempt: 2, dueAt: '2026-05-02T02:05:00.000Z' });
  });

  it('are so many in one run', async () => {
    const rows = Array.from({ length: maxBegunPerRun + 7 }, (_, at) => waitingOf(at));
    const { clients, started } = archive(rows);
    await beginLateCaptions(clients);
    expect(started).toHaveLength(maxBegunPerRun);
    await beginLateCaptions(clients);
    expect(new Set(started.map(([id]) => id)).size).toBe(maxBegunPerRun + 7);
    expect(started).toHaveLength(maxBegunPerRun + 7);
  });

  it('wait on while nobody is there, and one finds out whether somebody is again', async () => {
    const rows = [waitingOf(0), waitingOf(1)];
    const away = archive(rows, undefined, { outlook: 'stop' });
    expect(await beginLateCaptions(away.clients)).toMatchObject({ begun: [], isProviderAway: true });
    const probing = archive(rows, undefined, { outlook: 'probe' });
    expect((await beginLateCaptions(probing.clients)).begun).toEqual([idOf(0)]);
  });

  it('are begun only as far as the desk’s money goes, and the others come with the next day', async () => {
    const left = 2 * dearestCall(settings) + 1;
    const spend = { ...nothingSpent, spentMicroDollars: 1_000_000 - left };
    const { clients, waiting, started } = archive(
      [0, 1, 2, 3].map((at) => waitingOf(at)),
      undefined,
      { spend },
    );
    await beginLateCaptions(clients);
    expect(started).toHaveLength(2);
    expect(waiting.get(idOf(3))).toMatchObject({ tries: 0, dueAt: '2026-05-03T00:00:00.000Z' });
  });

  it('are started again where their start was lost, and not twice', async () => {
    const row = waitingOf(0, { attempt: 2, tries: 1 });
    const { clients, started } = archive([row], [assetOf(0, { status: 'processing', attempt: 2 })]);
    expect((await beginLateCaptions(clients)).begun).toEqual([idOf(0)]);
    expect((await beginLateCaptions(clients)).begun).toEqual([]);
    expect(started).toEqual([[idOf(0), 2]]);
  });

  it('leave an attempt alone that somebody else has begun, or begins at this moment', async () => {
    const busy = archive([waitingOf(0)], [assetOf(0, { status: 'processing', attempt: 5 })]);
    expect((await beginLateCaptions(busy.clients)).begun).toEqual([]);
    for (const fence of [new FencedError('overtaken'), new AttemptNotAllowedError('it is processing')]) {
      const raced = archive([waitingOf(0)], undefined, { fence });
      expect((await beginLateCaptions(raced.clients)).begun).toEqual([]);
    }
  });

  it.each(['withdrawn', 'refused'] as const)('are forgotten of an asset that is %s', async (status) => {
    const { clients, waiting } = archive([waitingOf(0)], [assetOf(0, { status })]);
    await beginLateCaptions(clients);
    expect(waiting.size).toBe(0);
  });

  it('are not begun twice by two runs at once', async () => {
    const { clients, started } = archive(Array.from({ length: 10 }, (_, at) => waitingOf(at)));
    await Promise.all([beginLateCaptions(clients), beginLateCaptions(clients)]);
    expect(started).toHaveLength(10);
    expect(new Set(started.map(([id]) => id)).size).toBe(10);
  });
});

describe('the desks’ accounts', () => {
  it('of yesterday and today are swept, and what is committed today is told', async () => {
    const spend = { ...nothingSpent, spentMicroDollars: 500, unaccounted: { lost: 40 } };
    const { clients, swept } = archive([], [], { spend });
    expect(await beginLateCaptions(clients)).toMatchObject({
      reservationsSettled: 2,
      committedMicroDollars: 540,
      unaccountedMicroDollars: 40,
      waitingHours: 0,
    });
    expect(swept).toEqual(['2026-05-01', '2026-05-02']);
  });
});
