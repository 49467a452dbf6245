import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveSessionOf, parseIncomingKey } from '../../../lambdas/contracts/keys.ts';
import { backOffMilliseconds } from '../../../lambdas/live/back-off.ts';
import { splitJpegs } from '../../../lambdas/live/jpegs.ts';
import { clipKey, newSessionId } from '../../../lambdas/live/live-keys.ts';
import { RecentFrames } from '../../../lambdas/live/recent-frames.ts';

describe('waiting before a connection is tried again', () => {
  it('grows to half a minute and never passes it', () => {
    const waits = Array.from({ length: 40 }, (_, failures) => backOffMilliseconds(failures, () => 1));
    expect(waits.slice(0, 4)).toEqual([500, 1000, 2000, 4000]);
    expect(Math.max(...waits)).toBe(30_000);
  });
  it('is spread, so that readers do not come back together', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const whole = backOffMilliseconds(failures, () => 1);
        const wait = backOffMilliseconds(failures, () => random);
        expect(wait).toBeGreaterThanOrEqual(whole / 2);
        expect(wait).toBeLessThanOrEqual(whole);
      }),
    );
  });
});

describe('pictures in a stream', () => {
  it('come out whole, however the stream is cut', async () => {
    const picture = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from([0xff, 0xd8, ...[...bytes].filter((byte) => byte !== 0xff), 0xff, 0xd9]));
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { maxLength: 8 }), fc.integer({ min: 1, max: 17 }), async (pictures, size) => {
        const stream = Buffer.concat(pictures);
        async function* chunks() {
          for (let at = 0; at < stream.length; at += size) yield stream.subarray(at, at + size);
        }
        const split: Buffer[] = [];
        for await (const one of splitJpegs(chunks())) split.push(one);
        expect(split).toEqual(pictures);
      }),
    );
  });
});

describe('recent frames', () => {
  it('are bounded however long a shot runs, and keep its first minute', () => {
    const frames = new RecentFrames();
    for (let number = 0; number < 100_000; number += 1) frames.add({ instant: number * 40, picture: Buffer.of(1) });
    const held = Array.from({ length: 100_000 }, (_, number) => frames.picture(number)).filter(Boolean).length;
    expect(held).toBe(1500 + 1100);
    expect(frames.picture(0)).toBeDefined();
    expect(frames.picture(1499)).toBeDefined();
    expect(frames.picture(1500)).toBeUndefined();
    expect(frames.instantOf(99_999)).toBe(99_999 * 40);
  });
  it('let go of a shot that has ended', () => {
    const frames = new RecentFrames();
    for (let number = 0; number < 300; number += 1) frames.add({ instant: number, picture: Buffer.of(1) });
    frames.forgetBefore(200);
    expect(frames.picture(199)).toBeUndefined();
    expect(frames.picture(200)).toBeDefined();
  });
});

describe('the key of a clip', () => {
  const startedAt = new Date('2026-11-24T14:03:22.480Z');
  it('is one of its desk’s uploads, and its file name is the title that readers see', () => {
    const key = clipKey({ desk: 'world', title: 'Parliament: live' }, 'house-1', 7, startedAt);
    expect(key).toBe('incoming/world/live/house-1/00007/Parliament live 2026-11-24 14.03.22.mp4');
    expect(parseIncomingKey(key)).toMatchObject({ desk: 'world' });
  });
  it('is taken whatever the feed’s title holds', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }), (title) => {
        expect(parseIncomingKey(clipKey({ desk: 'world', title }, 'house-1', 0, startedAt))).toBeDefined();
      }),
    );
  });
  it('belongs to one run of the service', () => {
    const key = clipKey({ desk: 'world', title: 'House' }, 'house-1', 123_456, startedAt);
    expect(liveSessionOf(key, 'world')).toBe('house-1');
    expect(liveSessionOf('incoming/world/live/house-1/film.mp4', 'world')).toBeUndefined();
    expect(liveSessionOf('incoming/world/film.mp4', 'world')).toBeUndefined();
    expect(newSessionId('house', startedAt)).toBe('house-20261124T140322480Z');
  });
});
