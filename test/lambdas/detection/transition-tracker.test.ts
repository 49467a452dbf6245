import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransitionProbability } from '../../../lambdas/detection/cuts.ts';
import { detectTransitions } from '../../../lambdas/detection/detect-transitions.ts';
import type { FrameLook } from '../../../lambdas/detection/frame-look.ts';
import { type EndedShot, lookAheadOf, TransitionTracker } from '../../../lambdas/detection/transition-tracker.ts';
import { anyLook, lit, mixed, observe, split } from '../support/looks.ts';
import { transitionSettings } from '../support/transition-settings.ts';

const options = { settings: transitionSettings, framesPerSecond: 25 };
type Frame = TransitionProbability & { look: FrameLook };

const repeat = (picture: Buffer, times: number) => Array.from({ length: times }, () => picture);
/** Frames with the probabilities that the model would give: 0 but where `at` says. */
const framesOf = (pictures: Buffer[], at: Record<number, Partial<TransitionProbability>> = {}): Frame[] =>
  observe(pictures).map((look, frame) => ({ look, single: 0, many: 0, ...at[frame] }));
const summary = (shots: EndedShot[]) =>
  shots.map(({ startFrame, endFrame, transitionIn: { kind } }) => [startFrame, endFrame, kind]);

const [harbour, square, hall] = [split(0.2), split(0.7), split(0.45, 120, 20)] as [Buffer, Buffer, Buffer];
const dissolve = Array.from({ length: 12 }, (_, at) => mixed(harbour, square, (at + 1) / 13));

const anyFrame = fc.record({
  look: anyLook,
  single: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
  many: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
});

describe('the tracker of transitions', () => {
  it('finds a cut at its frame, and the shots on both sides', () => {
    const frames = framesOf([...repeat(harbour, 30), ...repeat(square, 20)], { 29: { single: 0.9, many: 0.8 } });
    const shots = detectTransitions(frames, options);
    expect(summary(shots)).toEqual([
      [0, 29, 'start'],
      [30, 49, 'cut'],
    ]);
    expect(shots[1]?.transitionIn).toEqual({ kind: 'cut', firstFrame: 30, lastFrame: 30, probability: 0.9 });
  });

  it('finds a cut of which the model is unsure where the picture jumps as nowhere near', () => {
    const jump = framesOf([...repeat(harbour, 30), ...repeat(square, 20)], { 29: { single: 0.2, many: 0.1 } });
    expect(summary(detectTransitions(jump, options))).toHaveLength(2);
    const still = framesOf(repeat(harbour, 50), { 29: { single: 0.2, many: 0.1 } });
    expect(summary(detectTransitions(still, options))).toEqual([[0, 49, 'start']]);
  });

  it('gives a dissolve its extent, and leaves its frames between the shots', () => {
    const many = Object.fromEntries(dissolve.map((_, at) => [30 + at, { many: 0.8, single: at === 6 ? 0.9 : 0 }]));
    const shots = detectTransitions(
      framesOf([...repeat(harbour, 30), ...dissolve, ...repeat(square, 30)], many),
      options,
    );
    expect(summary(shots)).toEqual([
      [0, 29, 'start'],
      [42, 71, 'gradual'],
    ]);
    expect(shots[1]?.transitionIn).toMatchObject({ firstFrame: 30, lastFrame: 41 });
  });

  it.each([1, 2, 3])('takes no camera flash of %i frames for a cut, nor one after another', (length) => {
    const flash = repeat(lit(hall, 90), length);
    const pictures = [...repeat(hall, 20), ...flash, ...repeat(hall, 4), ...flash, ...repeat(hall, 20)];
    const jumps = [19, 19 + length, 23 + length, 23 + 2 * length];
    const frames = framesOf(pictures, Object.fromEntries(jumps.map((at) => [at, { single: 0.95, many: 0.9 }])));
    expect(summary(detectTransitions(frames, options))).toEqual([[0, pictures.length - 1, 'start']]);
  });

  it('finds a cut that a flash falls upon', () => {
    const pictures = [...repeat(harbour, 30), lit(harbour, 80), ...repeat(square, 30)];
    const frames = framesOf(pictures, { 29: { single: 0.9 }, 30: { single: 0.95 } });
    expect(detectTransitions(frames, options)).toHaveLength(2);
  });

  it.each([0.45, 0.55])('takes a flash for no cut that leaves the picture in %d times its light', (gain) => {
    const after = Buffer.from(hall.map((value) => value * gain));
    const pictures = [...repeat(hall, 20), lit(hall, 130), ...repeat(after, 20)];
    const frames = framesOf(pictures, { 19: { single: 0.3 }, 20: { single: 0.9 } });
    expect(summary(detectTransitions(frames, options))).toEqual([[0, 40, 'start']]);
  });

  it('finds a cut whose frames are lit by a flash, which jumps more than the cut does', () => {
    const pictures = [...repeat(harbour, 30), lit(harbour, 55), lit(hall, 70), ...repeat(hall, 30)];
    const frames = framesOf(pictures, { 30: { single: 0.6 } });
    expect(summary(detectTransitions(frames, options))).toEqual([
      [0, 30, 'start'],
      [31, 61, 'cut'],
    ]);
  });

  it('asks for the more of the picture the less sure the model is', () => {
    const jump = (share: number, single: number) => {
      const partly = Buffer.from(hall);
      square.copy(partly, 0, 0, Math.floor(hall.length * share));
      return detectTransitions(framesOf([...repeat(hall, 30), ...repeat(partly, 20)], { 29: { single } }), options)
        .length;
    };
    expect(jump(1, 0.02)).toBe(2);
    expect(jump(0.75, 0.9)).toBe(2);
    expect(jump(0.4, 0.9)).toBe(1);
  });

  it('takes no flash that fades for a cut, though the picture moves a little meanwhile', () => {
    const pictures = [...repeat(hall, 30), lit(hall, 90), lit(hall, 55), lit(hall, 25), ...repeat(lit(hall, 4), 30)];
    const frames = framesOf(pictures, { 29: { single: 0.9 }, 31: { single: 0.3 }, 32: { single: 0.6 } });
    expect(summary(detectTransitions(frames, options))).toEqual([[0, pictures.length - 1, 'start']]);
  });

  it.each([2, 4])('takes no light that goes on and off every %i frames for a transition', (period) => {
    const flicker = Array.from({ length: 32 }, (_, at) =>
      Math.floor(at / period) % 2 === 0 ? lit(hall, -15) : lit(hall, 80),
    );
    const pictures = [...repeat(hall, 20), ...flicker, ...repeat(hall, 20)];
    const jumps = pictures.map((picture, at) => !picture.equals(pictures[at + 1] ?? picture));
    const frames = framesOf(
      pictures,
      Object.fromEntries(jumps.map((jumps, at) => [at, jumps ? { single: 0.9, many: 0.8 } : { many: 0.2 }])),
    );
    expect(summary(detectTransitions(frames, options))).toEqual([[0, pictures.length - 1, 'start']]);
  });

  it('takes no graphic that comes and goes over a part of the picture for a cut', () => {
    const lowerThird = Buffer.from(hall);
    lowerThird.fill(230, Math.floor(hall.length * 0.7));
    const pictures = [...repeat(hall, 20), ...repeat(lowerThird, 30), ...repeat(hall, 20)];
    const frames = framesOf(pictures, { 19: { single: 0.9, many: 0.9 }, 49: { single: 0.9, many: 0.9 } });
    expect(summary(detectTransitions(frames, options))).toEqual([[0, 69, 'start']]);
  });

  it('keeps a fade through black in one, however dark it stays in the middle', () => {
    const fade = [0.8, 0.6, 0.4, 0.2].map((share) => mixed(lit(harbour, -255), harbour, share));
    const rise = [0.2, 0.4, 0.6, 0.8].map((share) => mixed(lit(square, -255), square, share));
    const black = repeat(lit(square, -255), 10);
    const pictures = [...repeat(harbour, 30), ...fade, ...black, ...rise, ...repeat(square, 30)];
    const isMixed = (at: number) => (at >= 30 && at < 34) || (at >= 44 && at < 48);
    const frames = framesOf(
      pictures,
      Object.fromEntries(pictures.map((_, at) => [at, isMixed(at) ? { many: 0.8 } : {}])),
    );
    expect(summary(detectTransitions(frames, options))).toEqual([
      [0, 29, 'start'],
      [48, 77, 'gradual'],
    ]);
  });

  it('finds a wipe of which the model has no more than an inkling', () => {
    const edge = (share: number) =>
      Buffer.from(hall.map((value, at) => ((Math.floor(at / 3) % 48) / 48 < share ? (square[at] as number) : value)));
    const wipe = Array.from({ length: 20 }, (_, at) => edge((at + 1) / 21));
    const pictures = [...repeat(hall, 40), ...wipe, ...repeat(square, 40)];
    const inkling = Object.fromEntries(wipe.map((_, at) => [40 + at, { many: 0.05 }]));
    const [, shot] = detectTransitions(framesOf(pictures, inkling), options);
    expect(shot?.transitionIn.kind).toBe('gradual');
    expect(Math.abs((shot?.transitionIn.firstFrame ?? 0) - 40)).toBeLessThanOrEqual(3);
    expect(Math.abs((shot?.transitionIn.lastFrame ?? 0) - 59)).toBeLessThanOrEqual(3);
    expect(detectTransitions(framesOf(pictures), options)).toHaveLength(1);
  });

  it('cuts every video into shots in order that do not overlap, with keyframes inside, whatever it is told', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 120 }), (frames) => {
        const shots = detectTransitions(frames, options);
        expect(shots[0]).toMatchObject({ startFrame: 0, transitionIn: { kind: 'start', probability: 0 } });
        expect(shots.at(-1)?.endFrame).toBe(frames.length - 1);
        shots.forEach(({ startFrame, endFrame, transitionIn, keyframes }, index) => {
          expect(endFrame).toBeGreaterThanOrEqual(startFrame);
          const before = shots[index - 1]?.endFrame ?? -1;
          if (transitionIn.kind === 'gradual')
            expect([transitionIn.firstFrame, transitionIn.lastFrame]).toEqual([before + 1, startFrame - 1]);
          else expect([startFrame, transitionIn.firstFrame]).toEqual([before + 1, before + 1]);
          for (const frame of keyframes.flat()) {
            expect(frame).toBeGreaterThanOrEqual(startFrame);
            expect(frame).toBeLessThanOrEqual(endFrame);
          }
        });
      }),
    );
  });

  it('finds the same however far looks run ahead of probabilities', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { minLength: 1, maxLength: 120 }),
        fc.nat(60),
        fc.nat(30),
        (frames, ahead, step) => {
          const tracker = new TransitionTracker(options);
          const shots: EndedShot[] = [];
          let judged = 0;
          frames.forEach(({ look }, at) => {
            shots.push(...tracker.addLook(look));
            if (at % (step + 1) === step)
              for (; judged <= at - ahead; judged += 1)
                shots.push(...tracker.addProbabilities(frames[judged] as Frame));
          });
          for (; judged < frames.length; judged += 1) shots.push(...tracker.addProbabilities(frames[judged] as Frame));
          expect([...shots, ...tracker.flush()]).toEqual(detectTransitions(frames, options));
        },
      ),
    );
  });

  it('tells of a cut as soon as it has seen as far ahead as it says', () => {
    const frames = framesOf([...repeat(harbour, 30), ...repeat(square, 40)], { 29: { single: 0.9 } });
    const ahead = lookAheadOf(transitionSettings);
    expect(ahead.looks).toBeLessThan(25);
    const tracker = new TransitionTracker(options);
    for (const { look } of frames.slice(0, 30 + ahead.looks)) expect(tracker.addLook(look)).toEqual([]);
    const told = frames.map((frame) => tracker.addProbabilities(frame).length);
    expect(told.indexOf(1)).toBe(29 + ahead.probabilities);
  });

  it('finds nothing where there was no frame', () => {
    expect(new TransitionTracker(options).flush()).toEqual([]);
  });
});
