import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimecode, frameAtSeconds, parseTimecode, timecodeRate } from '../../../lambdas/contracts/timecode.ts';

const rates = [24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60, 28.7].flatMap((rate) => [
  timecodeRate(rate),
  timecodeRate(rate, { isDropFrame: false }),
]);
const anyRate = fc.constantFrom(...rates);

describe('timecode', () => {
  it.each([
    [25, 0, '00:00:00:00'],
    [25, 90_000, '01:00:00:00'],
    [24000 / 1001, 24 * 60, '00:01:00:00'],
    [50, 49, '00:00:00:49'],
    // The points where SMPTE ST 12-1 drops numbers.
    [30000 / 1001, 1799, '00:00:59;29'],
    [30000 / 1001, 1800, '00:01:00;02'],
    [30000 / 1001, 17_981, '00:09:59;29'],
    [30000 / 1001, 17_982, '00:10:00;00'],
    [30000 / 1001, 107_892, '01:00:00;00'],
    [60000 / 1001, 3600, '00:01:00;04'],
    [60000 / 1001, 215_784, '01:00:00;00'],
  ])('counts frame %2$s at %1$s frames a second as %3$s', (framesPerSecond, frame, timecode) => {
    expect(formatTimecode(frame, timecodeRate(framesPerSecond))).toBe(timecode);
  });

  it('takes a measured rate for the standard one that is meant, and tells 23.976 from 24', () => {
    expect(timecodeRate(29.9698)).toEqual(timecodeRate(30000 / 1001));
    expect(timecodeRate(23.976).framesPerSecond).toBe(24000 / 1001);
    expect(timecodeRate(24.0003).framesPerSecond).toBe(24);
    expect(timecodeRate(28.7)).toEqual({ nominalFramesPerSecond: 29, framesPerSecond: 28.7, isDropFrame: false });
  });

  it('finds every frame again by its timecode, over a whole day', () => {
    fc.assert(
      fc.property(anyRate, fc.integer({ min: 0, max: 60 * 86_000 }), (rate, number) => {
        const frame = number % (rate.nominalFramesPerSecond * 86_000);
        expect(parseTimecode(formatTimecode(frame, rate), rate)).toBe(frame);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives later frames later timecodes', () => {
    fc.assert(
      fc.property(anyRate, fc.integer({ min: 0, max: 23 * 3600 * 24 }), (rate, frame) => {
        expect(formatTimecode(frame, rate) < formatTimecode(frame + 1, rate)).toBe(true);
      }),
    );
  });

  it('stays within two frames of the clock at 29.97 and 59.94 drop-frame, hours in', () => {
    fc.assert(
      fc.property(fc.constantFrom(30000 / 1001, 60000 / 1001), fc.integer({ min: 0, max: 80_000 }), (fps, seconds) => {
        const rate = timecodeRate(fps);
        const clock = new Date(seconds * 1000).toISOString().slice(11, 19);
        const nominal = parseTimecode(`${clock};${rate.nominalFramesPerSecond > 30 ? '04' : '02'}`, rate);
        expect(Math.abs((nominal as number) - frameAtSeconds(seconds, rate))).toBeLessThan(10);
      }),
    );
  });

  it('starts again at zero after a day', () => {
    for (const rate of rates) expect(formatTimecode(parseTimecode('23:59:59:10', rate) as number, rate)).toMatch(/^23/);
    expect(formatTimecode(25 * 86_400, timecodeRate(25))).toBe('00:00:00:00');
  });

  it('knows no timecode that the rate does not count', () => {
    const dropFrame = timecodeRate(30000 / 1001);
    for (const text of ['00:01:00;00', '00:01:00;01', '00:00:00;30', '24:00:00;00', '1:2:3', 'noon'])
      expect(parseTimecode(text, dropFrame)).toBeUndefined();
    expect(parseTimecode('00:10:00;00', dropFrame)).toBe(17_982);
  });
});
