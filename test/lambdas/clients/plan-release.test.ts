import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTold, planRelease } from '../../../lambdas/clients/releases/plan-release.ts';
import { type Hold, releaseOf } from '../../../lambdas/contracts/release.ts';
import type { ReleaseRecord } from '../../../lambdas/contracts/release-event.ts';

const start = Date.parse('2026-03-01T00:00:00Z');
const at = (minute: number): Date => new Date(start + minute * 60_000);
const embargo = (minute: number): Hold => ({ withheld: false, embargoUntil: at(minute).toISOString() });
const free: Hold = { withheld: false };
const withheld: Hold = { withheld: true };

/** One asset's record, the attempts that change it, and a timer that tells what is due. */
class Asset {
  record: ReleaseRecord | undefined;
  attempt = 0;
  readonly told: { subject: string; minute: number }[] = [];

  index(hold: Hold, minute: number): void {
    this.attempt += 1;
    this.indexAgain(hold, minute);
  }
  /** The step's own retry. */
  indexAgain(hold: Hold, minute: number): void {
    const planned = planRelease(this.record, hold, { attempt: this.attempt, now: at(minute) });
    if (planned === undefined) return;
    const effect = this.record?.effect;
    this.record = {
      assetId: 'a'.repeat(64),
      kind: 'photo',
      desk: 'sport',
      ...planned,
      ...(effect === undefined ? {} : { effect }),
    };
  }
  look(minute: number): void {
    const { record } = this;
    if (record?.dueAt === undefined || Date.parse(record.dueAt) > at(minute).getTime() || isTold(record)) return;
    this.told.push({ subject: record.subject, minute });
    const instant = at(minute).toISOString();
    this.record = {
      ...record,
      effect: {
        state: 'confirmed',
        fence: this.told.length,
        owner: 'timer',
        attempt: 0,
        subject: record.subject,
        claimedAt: instant,
        leaseUntil: instant,
        updatedAt: instant,
      },
    };
  }
}

describe('the release to come', () => {
  it('is none of what was never held back, nor of an embargo that was over when it came', () => {
    const asset = new Asset();
    asset.index(free, 1);
    asset.index(embargo(0), 2);
    expect(asset.record).toBeUndefined();
  });

  it('is told once, at the end of the embargo', () => {
    const asset = new Asset();
    asset.index(embargo(10), 1);
    for (const minute of [2, 9, 10, 11, 30]) asset.look(minute);
    asset.index(embargo(10), 40);
    asset.look(41);
    expect(asset.told).toEqual([{ subject: 'embargo until 2026-03-01T00:10:00.000Z', minute: 10 }]);
  });

  it('moves with the embargo, later and earlier', () => {
    const asset = new Asset();
    asset.index(embargo(10), 1);
    asset.index(embargo(20), 5);
    asset.look(10);
    asset.index(embargo(15), 12);
    asset.look(15);
    expect(asset.told.map(({ minute }) => minute)).toEqual([15]);
  });

  it('comes at once with an attempt that lifts the embargo, and not again at its end', () => {
    const asset = new Asset();
    asset.index(embargo(10), 1);
    asset.index(free, 3);
    asset.indexAgain(free, 3);
    asset.look(4);
    asset.look(10);
    expect(asset.told).toEqual([{ subject: 'lifted by attempt 2', minute: 4 }]);
  });

  it('of what is withheld comes when it no longer is, each time', () => {
    const asset = new Asset();
    for (const [hold, minute] of [
      [withheld, 1],
      [free, 2],
      [withheld, 4],
      [free, 6],
    ] as const) {
      asset.index(hold, minute);
      asset.look(minute + 1);
    }
    expect(asset.told.map(({ subject }) => subject)).toEqual(['lifted by attempt 2', 'lifted by attempt 4']);
    expect(asset.record?.cause).toBe('no longer withheld');
  });

  it('is told exactly as often as readers begin to find what they did not, whatever attempts and looks there are', () => {
    const holds = fc.oneof(fc.constant(free), fc.constant(withheld), fc.nat(60).map(embargo));
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 1, max: 12 }), hold: fc.option(holds, { nil: undefined }) }),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(holds, steps, (first, rest) => {
        const asset = new Asset();
        asset.index(first, 0);
        let [minute, hold, wasVisible, begun] = [0, first, releaseOf(first, at(0)).state === 'released', 0];
        const seen = (next: Hold) => {
          const isVisible = releaseOf(next, at(minute)).state === 'released';
          if (isVisible && !wasVisible) begun += 1;
          wasVisible = isVisible;
        };
        const passUntil = (end: number) => {
          while (minute < end) {
            minute += 1;
            seen(hold);
            asset.look(minute);
          }
        };
        for (const step of rest) {
          passUntil(minute + step.wait);
          if (step.hold === undefined) continue;
          hold = step.hold;
          asset.index(hold, minute);
          asset.indexAgain(hold, minute);
          seen(hold);
          asset.look(minute);
        }
        passUntil(300);
        expect(asset.told).toHaveLength(begun);
      }),
    );
  });
});
