import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameSize } from '../../../lambdas/detection/frames.ts';
import { chooseKeyframe, FrameObserver } from '../../../lambdas/detection/keyframe-choice.ts';

const flat = (value: number) => Buffer.alloc(frameSize.bytes, value);
const striped = (dark: number, light: number) =>
  Buffer.from(Array.from({ length: frameSize.bytes }, (_, at) => (Math.floor(at / 12) % 2 === 0 ? dark : light)));
const observe = (frames: Buffer[]) => {
  const observer = new FrameObserver();
  return frames.map((frame) => observer.look(frame));
};

describe('the keyframe of a shot', () => {
  it('lies inside the shot and away from its edges', () => {
    const look = fc.record({
      brightness: fc.double({ min: 0, max: 255, noNaN: true }),
      contrast: fc.double({ min: 0, max: 127, noNaN: true }),
      motion: fc.double({ min: 0, max: 255, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 80 }), fc.nat(), fc.nat(), (looks, from, length) => {
        const start = from % looks.length;
        const end = start + (length % (looks.length - start));
        const margin = Math.floor((end - start + 1) * 0.15);
        const keyframe = chooseKeyframe(looks, start, end);
        expect(keyframe).toBeGreaterThanOrEqual(start + margin);
        expect(keyframe).toBeLessThanOrEqual(end - margin);
      }),
    );
  });

  it('is the middle one of a still', () => {
    const looks = observe(Array.from({ length: 21 }, () => striped(60, 180)));
    expect(chooseKeyframe(looks, 0, 20)).toBe(10);
  });

  it('is never a black one where there is a picture', () => {
    const frames = Array.from({ length: 20 }, (_, at) => (at === 5 ? striped(60, 180) : flat(0)));
    expect(chooseKeyframe(observe(frames), 0, 19)).toBe(5);
  });

  it('is a still one rather than one in a fast movement', () => {
    const frames = Array.from({ length: 20 }, (_, at) =>
      at < 14 && at % 2 === 0 ? striped(180, 60) : striped(60, 180),
    );
    expect(chooseKeyframe(observe(frames), 0, 19)).toBeGreaterThanOrEqual(14);
  });

  it('sees brightness, contrast and motion in the scale of luma', () => {
    const [first, second] = observe([flat(100), flat(110)]);
    expect(first?.brightness).toBeCloseTo(100, 2);
    expect(first).toMatchObject({ motion: 0 });
    expect(first?.contrast).toBeLessThan(0.1);
    expect(second?.motion).toBeCloseTo(10, 2);
  });
});
