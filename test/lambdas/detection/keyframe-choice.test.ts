import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameHistory } from '../../../lambdas/detection/frame-history.ts';
import type { FrameLook } from '../../../lambdas/detection/frame-look.ts';
import { KeyframeChooser, wantedKeyframes } from '../../../lambdas/detection/keyframe-choice.ts';
import { anyLook, flat, lit, observe, split, striped } from '../support/looks.ts';

const framesPerSecond = 25;
function choose(looks: readonly FrameLook[], startFrame = 0, endFrame = looks.length - 1): number[][] {
  const history = new FrameHistory<FrameLook>();
  for (const look of looks) history.add(look);
  const chooser = new KeyframeChooser(framesPerSecond, startFrame);
  while (chooser.next <= endFrame) chooser.add(history);
  return chooser.choose({ startFrame, endFrame });
}
const best = (looks: readonly FrameLook[]) => choose(looks)[0]?.[0];
const repeat = (picture: Buffer, times: number) => Array.from({ length: times }, () => picture);

describe('the keyframes of a shot', () => {
  it('lie inside the shot and away from its edges, each once', () => {
    fc.assert(
      fc.property(fc.array(anyLook, { minLength: 1, maxLength: 80 }), fc.nat(), fc.nat(), (looks, from, more) => {
        const start = from % looks.length;
        const end = start + (more % (looks.length - start));
        const margin = Math.floor((end - start + 1) * 0.15);
        const frames = choose(looks, start, end).flat();
        expect(frames.length).toBeGreaterThan(0);
        expect(new Set(frames).size).toBe(frames.length);
        expect(Math.min(...frames)).toBeGreaterThanOrEqual(start + margin);
        expect(Math.max(...frames)).toBeLessThanOrEqual(end - margin);
      }),
    );
  });

  it('are the middle one of a still, however long it is', () => {
    expect(choose(observe(repeat(striped(60, 180), 21)))[0]?.[0]).toBe(10);
    const long = choose(observe(repeat(striped(60, 180), 5001)));
    expect(long).toHaveLength(1);
    expect(Math.abs((long[0]?.[0] ?? 0) - 2500)).toBeLessThan(500);
  });

  it('are never black where there is a picture', () => {
    const frames = Array.from({ length: 20 }, (_, at) => (at >= 5 && at <= 14 ? striped(60, 180) : flat(0)));
    const chosen = best(observe(frames)) ?? 0;
    expect(chosen).toBeGreaterThanOrEqual(5);
    expect(chosen).toBeLessThanOrEqual(14);
  });

  it('are still ones rather than ones in a fast movement', () => {
    const frames = Array.from({ length: 20 }, (_, at) =>
      at < 14 && at % 2 === 0 ? striped(180, 60) : striped(60, 180),
    );
    expect(best(observe(frames))).toBeGreaterThanOrEqual(14);
  });

  it('are not lit by a flash, though it may give more contrast', () => {
    const picture = split(0.5, 20, 90);
    const frames = repeat(picture, 41);
    for (const at of [19, 20]) frames[at] = Buffer.from(picture.map((value) => Math.min(255, value * 2.6)));
    frames[30] = lit(picture, 40);
    const candidates = choose(observe(frames)).flat();
    for (const flashed of [19, 20, 21, 30, 31]) expect(candidates).not.toContain(flashed);
  });

  it('are more in a long shot whose picture changes, and apart from each other', () => {
    const frames = Array.from({ length: 30 * framesPerSecond }, (_, at) => split(0.1 + (0.8 * at) / 750));
    const keyframes = choose(observe(frames));
    expect(keyframes).toHaveLength(wantedKeyframes(30));
    expect(keyframes.length).toBe(4);
    const chosen = keyframes.map(([frame]) => frame as number).sort((one, other) => one - other);
    for (let at = 1; at < chosen.length; at += 1) expect((chosen[at] ?? 0) - (chosen[at - 1] ?? 0)).toBeGreaterThan(50);
  });
});
