import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameClock, type Succession } from '../../../lambdas/live/frame-clock.ts';

const framesPerSecond = 25;
const frame = 1 / framesPerSecond;
const began = Date.parse('2026-11-24T12:00:00Z');

/** Shows frames to a clock: each its timestamp, and how many seconds after the first it arrived. */
function see(
  frames: readonly { seconds: number; at: number; isReconnected?: boolean }[],
  { isSegmented = false } = {},
): { kinds: Succession['kind'][]; clock: FrameClock } {
  const clock = new FrameClock({ framesPerSecond, isSegmented });
  const kinds = frames.map(
    ({ seconds, at, isReconnected = false }) =>
      clock.see({ seconds, arrivedAtMilliseconds: began + at * 1000, isReconnected }).kind,
  );
  return { kinds, clock };
}
const steady = (count: number, from = 0, at = 0) =>
  Array.from({ length: count }, (_, number) => ({ seconds: from + number * frame, at: at + number * frame }));

describe('the clock of a feed', () => {
  it('runs on while frames follow each other', () => {
    const { kinds, clock } = see(steady(50));
    expect(new Set(kinds.slice(1))).toEqual(new Set(['continues']));
    expect(clock.instant).toBeCloseTo(began + 49 * 40, 3);
  });

  it.each([-4000, -1, 0.7, 4000, 95_443.7])('is not stopped by %s seconds on the feed’s clock', (bySeconds) => {
    const { kinds, clock } = see([...steady(50), ...steady(50, 2 + bySeconds, 2)]);
    expect(kinds[50]).toBe('jump');
    expect(kinds.slice(51).every((kind) => kind === 'continues')).toBe(true);
    expect(clock.instant).toBeCloseTo(began + 99 * 40, 3);
  });

  it.each([-2, 3, 5000])('calls it a gap where frames stay away for three seconds and come back at %s', (back) => {
    const { kinds, clock } = see([...steady(50), ...steady(50, 2 + back, 5)]);
    expect(kinds[50]).toBe('gap');
    expect(clock.instant).toBeCloseTo(began + 5000 + 49 * 40, 3);
  });

  it('calls it a gap where what was stuck on the way comes out together with what follows it', () => {
    const late = steady(3, 2, 5).map((one) => ({ ...one, at: 5 }));
    const { kinds } = see([...steady(50), ...late, ...steady(20, 700, 5.01)]);
    expect(kinds.slice(50, 54)).toEqual(['continues', 'continues', 'continues', 'gap']);
  });

  it('does not take a slow network for a gap: nothing is missing', () => {
    const { kinds } = see([...steady(50), ...steady(50, 2, 9)]);
    expect(kinds[50]).toBe('continues');
  });

  it('follows two clocks that drift apart, so that a set clock is no gap after hours', () => {
    const hours = 3;
    const drift = 1.0001;
    const frames = Array.from({ length: hours * 3600 }, (_, number) => ({
      seconds: number * 0.4,
      at: number * 0.4 * drift,
    }));
    const last = frames.at(-1) as (typeof frames)[number];
    const { kinds } = see([...frames, { seconds: 10, at: last.at + 0.4 * drift }]);
    expect(kinds.at(-1)).toBe('jump');
  });

  it('tells when frames arrive at the latest after they were shown, however long the first one waited', () => {
    const waited = steady(38).map((one) => ({ ...one, at: 1.5 }));
    const { clock } = see([...waited, ...steady(100, 38 * frame, 1.54)]);
    expect((clock.instant + clock.lateness - began) / 1000).toBeCloseTo(1.54 + 99 * frame, 1);
  });
});

describe('the clock of a playlist', () => {
  const segmented = { isSegmented: true };

  it('is not troubled by segments that come at once', () => {
    const bursts = steady(300).map((one) => ({ ...one, at: Math.floor(one.seconds / 2) * 2 }));
    expect(
      see(bursts, segmented)
        .kinds.slice(1)
        .every((kind) => kind === 'continues'),
    ).toBe(true);
  });

  it('passes over what came before the connection was renewed', () => {
    const again = steady(75, 0, 5).map((one, at) => ({ ...one, isReconnected: at === 0 }));
    const { kinds } = see([...steady(50), ...again], segmented);
    expect(kinds.slice(50, 100).every((kind) => kind === 'repeated')).toBe(true);
    expect(kinds.slice(100).every((kind) => kind === 'continues')).toBe(true);
  });

  it('marks a segment that was missed', () => {
    expect(see([...steady(50), ...steady(50, 4, 2)], segmented).kinds[50]).toBe('gap');
  });
});

it('never lets time run backwards within a stretch, whatever the timestamps do', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ step: fc.double({ min: -9000, max: 9000, noNaN: true }), wait: fc.integer({ min: 0, max: 80 }) }),
        {
          maxLength: 60,
        },
      ),
      (steps) => {
        const clock = new FrameClock({ framesPerSecond, isSegmented: false });
        let seconds = 1000;
        let at = began;
        let before = Number.NEGATIVE_INFINITY;
        for (const { step, wait } of steps) {
          seconds += step;
          at += wait;
          const { kind } = clock.see({ seconds, arrivedAtMilliseconds: at, isReconnected: false });
          if (kind !== 'gap') expect(clock.instant).toBeGreaterThanOrEqual(before);
          before = clock.instant;
        }
      },
    ),
  );
});
