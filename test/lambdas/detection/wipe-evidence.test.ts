import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookGrid } from '../../../lambdas/detection/frame-look.ts';
import { wipeCourse, wipeEvidence } from '../../../lambdas/detection/wipe-evidence.ts';
import { transitionSettings } from '../support/transition-settings.ts';

const { columns, rows } = lookGrid;
const place = (cell: number) => ({
  x: ((cell % columns) + 0.5) / columns,
  y: (Math.floor(cell / columns) + 0.5) / rows,
});
const picture = (luma: (cell: number) => number): Uint8Array =>
  Uint8Array.from({ length: columns * rows }, (_, cell) => luma(cell));
const dark = picture((cell) => 40 + ((cell * 37) % 30));
const light = picture((cell) => 150 + ((cell * 53) % 60));

/** Pictures from the dark one to the light one over so many frames; `share` says how much of the light one a cell shows. */
const way = (frames: number, share: (progress: number, cell: number) => number): Uint8Array[] =>
  Array.from({ length: frames + 2 }, (_, at) =>
    picture((cell) => {
      const part = Math.min(1, Math.max(0, share(at / (frames + 1), cell)));
      return (dark[cell] as number) * (1 - part) + (light[cell] as number) * part;
    }),
  );
/** Each cell changes within a tenth of the time, at a moment of its own. */
const wipe = (frames: number, moment: (x: number, y: number) => number) =>
  way(frames, (progress, cell) => {
    const { x, y } = place(cell);
    return (progress - 0.05 - 0.9 * moment(x, y)) / 0.1 + 0.5;
  });
const looksOf = (pictures: readonly Uint8Array[]) => pictures.map((cells) => ({ cells, sharpness: 8 }));
const evidenceOf = (pictures: Uint8Array[]) => {
  const course = wipeCourse(looksOf(pictures), 0.1);
  return course === undefined
    ? Number.NEGATIVE_INFINITY
    : wipeEvidence(course.features, transitionSettings.wipe.evidence);
};

describe('what a stretch of pictures shows of a wipe', () => {
  it.each<[string, (x: number, y: number) => number]>([
    ['level', (x) => x],
    ['upright', (_x, y) => 1 - y],
    ['aslant', (x, y) => (x + y) / 2],
    ['from the middle', (x) => Math.abs(x - 0.5) * 2],
    ['round', (x, y) => Math.hypot((x - 0.5) * 1.6, y - 0.5) / Math.hypot(0.8, 0.5)],
    ['like the hand of a clock', (x, y) => (Math.atan2(x - 0.5, y - 0.5) + Math.PI) / (2 * Math.PI)],
  ])('is enough where it goes %s, at any length', (_shape, moment) => {
    for (const frames of [10, 19, 30, 44]) {
      const course = wipeCourse(looksOf(wipe(frames, moment)), 0.1);
      expect(course?.features.inOrder).toBeGreaterThan(0.8);
      expect(course?.features.lasting).toBeGreaterThan(0.95);
      expect(evidenceOf(wipe(frames, moment))).toBeGreaterThan(0);
    }
  });

  it('is not enough in a dissolve, a cut, a still or light that goes on and off', () => {
    for (const frames of [10, 19, 30, 44]) {
      expect(evidenceOf(way(frames, (progress) => progress))).toBeLessThan(0);
      expect(evidenceOf(way(frames, (progress) => (progress > 0.5 ? 1 : 0)))).toBeLessThan(0);
      expect(evidenceOf(way(frames, () => 0))).toBeLessThan(0);
      expect(evidenceOf(way(frames, (progress) => (Math.floor(progress * 8) % 2 === 1 ? 1 : 0)))).toBeLessThan(0);
    }
  });

  it('is finite, and each share between 0 and 1, whatever the pictures', () => {
    const anyPicture = fc.uint8Array({ minLength: columns * rows, maxLength: columns * rows });
    fc.assert(
      fc.property(
        fc.array(anyPicture, { minLength: 4, maxLength: 46 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pictures, many) => {
          const course = wipeCourse(looksOf(pictures), many);
          if (course === undefined) return;
          const { lasting, quick, inOrder, active, changed } = course.features;
          for (const share of [lasting, quick, inOrder, active, changed]) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1 + 1e-9);
          }
          expect(Object.values(course.features).every(Number.isFinite)).toBe(true);
          expect(course.firstMoment).toBeLessThanOrEqual(course.lastMoment);
        },
      ),
    );
  });
});
