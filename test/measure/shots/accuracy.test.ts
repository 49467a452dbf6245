import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainTransNet } from '../../../measure/shots/accuracy/detectors.ts';
import { type Detection, match, overlap, scoreOf } from '../../../measure/shots/accuracy/matching.ts';
import { scoreDetector } from '../../../measure/shots/accuracy/score.ts';
import type { Clip, TruthEntry } from '../../../measure/shots/benchmark/prepare.ts';

const cut = (frame: number): TruthEntry => ({ kind: 'cut', variety: 'hard cut', firstFrame: frame, lastFrame: frame });
const gradual = (firstFrame: number, lastFrame: number): TruthEntry => ({
  kind: 'gradual',
  variety: 'dissolve',
  firstFrame,
  lastFrame,
});
const flash = (firstFrame: number, lastFrame: number): TruthEntry => ({
  kind: 'trap',
  variety: 'flash',
  firstFrame,
  lastFrame,
});
const at = (frame: number, kind?: 'cut' | 'gradual'): Detection => ({
  firstFrame: frame,
  lastFrame: frame,
  ...(kind === undefined ? {} : { kind }),
});
const loosely = { isKindAsked: false };

describe('what a detector found', () => {
  it('finds a cut within one frame, and no cut two frames off', () => {
    const found = (frame: number) => match({ transitions: [cut(50)], traps: [] }, [at(frame)], loosely).found[0];
    expect([49, 50, 51].map((frame) => found(frame)?.firstFrame)).toEqual([49, 50, 51]);
    expect([48, 52].map(found)).toEqual([undefined, undefined]);
  });

  it('finds a gradual transition where it shares a frame with it or all but', () => {
    const truth = { transitions: [gradual(40, 60)], traps: [] };
    for (const frame of [38, 50, 62]) expect(match(truth, [at(frame)], loosely).found[0]).toBeDefined();
    for (const frame of [37, 63]) expect(match(truth, [at(frame)], loosely).false).toHaveLength(1);
  });

  it('counts a second detection of the same transition as false, and the nearer one as found', () => {
    const { found, false: falseOnes } = match({ transitions: [cut(50)], traps: [] }, [at(49), at(50)], loosely);
    expect(found).toEqual([at(50)]);
    expect(falseOnes).toEqual([at(49)]);
  });

  it('finds nothing by another kind where kinds are asked for', () => {
    const truth = { transitions: [cut(50)], traps: [] };
    expect(match(truth, [at(50, 'gradual')], { isKindAsked: true }).found).toEqual([undefined]);
    expect(match(truth, [at(50, 'gradual')], loosely).found).toEqual([at(50, 'gradual')]);
  });

  it('falls into a trap only where it finds nothing there', () => {
    const truth = { transitions: [cut(50)], traps: [flash(49, 52), flash(70, 72)] };
    expect(match(truth, [at(50), at(73)], loosely).trapped).toEqual([[], [at(73)]]);
  });

  it('never finds more than there is or was said', () => {
    const frames = fc.array(fc.nat(200), { maxLength: 20 });
    fc.assert(
      fc.property(frames, frames, (cuts, detections) => {
        const { found, false: falseOnes } = match(
          { transitions: cuts.map(cut), traps: [] },
          detections.map((frame) => at(frame)),
          loosely,
        );
        const hits = found.filter((detection) => detection !== undefined);
        expect(new Set(hits).size).toBe(hits.length);
        expect(hits.length + falseOnes.length).toBe(detections.length);
      }),
    );
  });
});

describe('the scores', () => {
  it('are precision, recall and their harmonic mean', () => {
    expect(scoreOf(10, 8, 2)).toMatchObject({ precision: 0.8, recall: 0.8 });
    expect(scoreOf(10, 8, 2).f1).toBeCloseTo(0.8);
    expect(scoreOf(4, 0, 3).f1).toBe(0);
  });

  it('charge a wrong kind to both kinds where the detector tells kinds apart', () => {
    const clip = { name: 'c', transitions: [cut(50), gradual(80, 99)], traps: [flash(20, 22)] } as unknown as Clip;
    const score = scoreDetector([clip], () => [at(50, 'gradual'), at(90, 'gradual'), at(20, 'cut')]);
    expect(score.byKind?.cut).toMatchObject({ found: 0, false: 1, truths: 1 });
    expect(score.byKind?.gradual).toMatchObject({ found: 1, false: 1, truths: 1 });
    expect(score.all).toMatchObject({ found: 2, false: 1, truths: 2 });
    expect(score.traps['flash']).toEqual({ traps: 1, taken: 1 });
  });

  it('give the overlap of extents as the shared part of both', () => {
    expect(overlap(gradual(10, 19), { firstFrame: 15, lastFrame: 24 })).toBeCloseTo(5 / 15);
    expect(overlap(gradual(10, 19), at(30))).toBe(0);
  });
});

it('TransNetV2 by its own rule cuts after the frames above the threshold', () => {
  const frames = [0, 0, 0.9, 0, 0, 0.6, 0.8, 0, 0.7].map((single) => ({ single, many: 0 }));
  expect(plainTransNet(frames)).toEqual([
    { firstFrame: 3, lastFrame: 3 },
    { firstFrame: 6, lastFrame: 7 },
  ]);
});
