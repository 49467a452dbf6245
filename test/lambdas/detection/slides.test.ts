import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookGrid } from '../../../lambdas/detection/frame-look.ts';
import { slideAcross } from '../../../lambdas/detection/slides.ts';

const { columns, rows } = lookGrid;
const cells = columns * rows;
type Picture = Uint8Array;
const picture = fc.uint8Array({ minLength: cells, maxLength: cells }).map((luma) => Uint8Array.from(luma));

/** A picture of so different cells that no part of it is like another. */
const patterned = (seed: number): Picture =>
  Uint8Array.from({ length: cells }, (_, cell) => ((cell * 97 + seed * 61) * 37) % 256);

/** The second picture comes in from the right by so many columns, the first goes out to the left. */
const pushed = (one: Picture, other: Picture, by: number): Picture =>
  Uint8Array.from({ length: cells }, (_, cell) => {
    const row = Math.floor(cell / columns) * columns;
    const place = (cell % columns) + by;
    const at = (where: number) => (where < columns ? one[row + where] : other[row + where - columns]) ?? 0;
    const part = place - Math.floor(place);
    return Math.round(at(Math.floor(place)) * (1 - part) + (part === 0 ? 0 : at(Math.floor(place) + 1) * part));
  });
const steps = (count: number): number[] => Array.from({ length: count }, (_, at) => ((at + 1) * columns) / (count + 1));

describe('a slide', () => {
  const [harbour, square] = [patterned(1), patterned(5)];
  const slide = [harbour, ...steps(12).map((by) => pushed(harbour, square, by)), square];

  it('is found with its extent, also where the pictures rest before and after it', () => {
    expect(slideAcross(slide, 4)).toMatchObject({ first: 1, last: 12 });
    const rested = [harbour, harbour, harbour, ...slide, square, square];
    expect(slideAcross(rested, 4)).toMatchObject({ first: 4, last: 15 });
  });

  it('is found whichever way the pictures go', () => {
    const mirrored = slide.map((luma) =>
      Uint8Array.from(
        { length: cells },
        (_, cell) => luma[cell - (cell % columns) + columns - 1 - (cell % columns)] ?? 0,
      ),
    );
    expect(slideAcross(mirrored, 4)).toMatchObject({ first: 1, last: 12 });
  });

  it('is no dissolve, no cut, and no pan that comes back', () => {
    const dissolve = [0, ...steps(12).map((by) => by / columns), 1].map((share) =>
      Uint8Array.from(harbour, (luma, cell) => Math.round(luma * (1 - share) + (square[cell] ?? 0) * share)),
    );
    expect(slideAcross(dissolve, 4)).toBeUndefined();
    expect(
      slideAcross([...slide.slice(0, 1), ...Array.from({ length: 12 }, () => harbour), square], 4),
    ).toBeUndefined();
    const away = steps(6).map((by) => pushed(harbour, square, by));
    expect(slideAcross([harbour, ...away, ...away.reverse(), square], 4)).toBeUndefined();
  });

  it('lies within the pictures that are shown', () => {
    fc.assert(
      fc.property(
        fc.array(picture, { minLength: 3, maxLength: 20 }),
        fc.integer({ min: 1, max: 255 }),
        (shown, residual) => {
          const found = slideAcross(shown, residual);
          if (found === undefined) return;
          expect(found.first).toBeGreaterThan(0);
          expect(found.last).toBeGreaterThanOrEqual(found.first);
          expect(found.last).toBeLessThan(shown.length);
          expect(found.residual).toBeLessThanOrEqual(residual);
        },
      ),
    );
  });
});
