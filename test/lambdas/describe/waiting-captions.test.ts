import { describe, expect, it } from 'vitest';
import type { WaitingCaptions } from '../../../lambdas/contracts/captions.ts';
import { dueAt, recordWaiting } from '../../../lambdas/describe/waiting-captions.ts';

const now = new Date('2026-05-01T22:30:00Z');
const asset = { assetId: 'a'.repeat(64), desk: 'sport' };

/** The ledger's row of one asset. */
function row(before?: WaitingCaptions) {
  const state: { row: WaitingCaptions | undefined } = { row: before };
  return {
    state,
    findWaiting: async () => state.row,
    putWaiting: async (next: WaitingCaptions) => {
      state.row = next;
    },
    forgetWaiting: async () => {
      state.row = undefined;
    },
  };
}

describe('captions that wait', () => {
  it('for money come with the next day, UTC', () => {
    expect(dueAt({ reason: 'budget' }, 7, now)).toEqual(new Date('2026-05-02T00:00:00Z'));
  });

  it('for an embargo come at its end', () => {
    expect(dueAt({ reason: 'embargo', until: '2026-06-01T06:00:00+02:00' }, 0, now)).toEqual(
      new Date('2026-06-01T04:00:00Z'),
    );
  });

  it('for a service come after a while that doubles with each try, six hours at most', () => {
    const minutes = [0, 1, 2, 20].map(
      (tries) => (dueAt({ reason: 'provider' }, tries, now).getTime() - now.getTime()) / 60_000,
    );
    expect(minutes).toEqual([2, 4, 8, 360]);
  });

  it('are written down with the moment since which they wait, and forgotten when none waits any more', async () => {
    const ledger = row();
    await recordWaiting(ledger, asset, { reason: 'provider', pictures: 3 }, now);
    expect(ledger.state.row).toEqual({
      ...asset,
      reason: 'provider',
      pictures: 3,
      since: '2026-05-01T22:30:00.000Z',
      dueAt: '2026-05-01T22:32:00.000Z',
      tries: 0,
    });
    ledger.state.row = { ...(ledger.state.row as WaitingCaptions), tries: 3, attempt: 5 };
    await recordWaiting(ledger, asset, { reason: 'budget', pictures: 2 }, new Date('2026-05-02T08:00:00Z'));
    expect(ledger.state.row).toMatchObject({
      reason: 'budget',
      pictures: 2,
      since: '2026-05-01T22:30:00.000Z',
      dueAt: '2026-05-03T00:00:00.000Z',
      tries: 3,
    });
    await recordWaiting(ledger, asset, undefined, now);
    expect(ledger.state.row).toBeUndefined();
  });
});
