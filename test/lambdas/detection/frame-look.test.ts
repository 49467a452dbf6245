import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameObserver, lookBytes, lookDistance, packLook, unpackLook } from '../../../lambdas/detection/frame-look.ts';
import { frameSize } from '../../../lambdas/detection/frames.ts';
import { anyLook, flat, observe, split, striped } from '../support/looks.ts';

describe('the look of a frame', () => {
  it('gives brightness, contrast and motion in the scale of luma', () => {
    const [first, second] = observe([flat(100), flat(110)]);
    expect(first).toMatchObject({ brightness: 100, contrast: 0, motion: 0, sharpness: 0, cb: 128, cr: 128 });
    expect(second).toMatchObject({ brightness: 110, motion: 10 });
  });

  it('is sharper for hard edges than for the same picture blurred', () => {
    const hard = striped(60, 180);
    const blurred = Buffer.from(
      hard.map((_, at) => [-9, -6, -3, 0, 3, 6, 9].reduce((sum, by) => sum + (hard[at + by] ?? 120), 0) / 7),
    );
    const [sharp, soft] = observe([hard, blurred]);
    expect(sharp?.sharpness).toBeGreaterThan((soft?.sharpness ?? 0) * 1.3);
  });

  it('tells colours of the same luma apart', () => {
    const colour = (rgb: number[]) => Buffer.from(Array.from({ length: frameSize.bytes }, (_, at) => rgb[at % 3] ?? 0));
    const [red, blue] = observe([colour([200, 40, 40]), colour([40, 80, 220])]);
    expect(lookDistance(red as never, blue as never)).toBeGreaterThan(50);
  });

  it('lies no distance from itself and the same distance both ways', () => {
    const [one, other] = observe([split(0.3), split(0.6)]) as [never, never];
    expect(lookDistance(one, one)).toBe(0);
    expect(lookDistance(one, other)).toBe(lookDistance(other, one));
    expect(lookDistance(one, other)).toBeCloseTo(0.3 * 160, -1);
  });

  it('comes back from its bytes as it was, whatever the frames held', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: frameSize.bytes, maxLength: frameSize.bytes }), (pixels) => {
        const observer = new FrameObserver();
        observer.look(flat(0));
        const look = observer.look(pixels);
        const packed = new Uint8Array(lookBytes * 2);
        packLook(look, packed, lookBytes);
        expect(unpackLook(packed, lookBytes)).toEqual(look);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(anyLook, (look) => {
        const packed = new Uint8Array(lookBytes);
        packLook(look, packed);
        expect(unpackLook(packed)).toEqual(look);
      }),
    );
  });
});
