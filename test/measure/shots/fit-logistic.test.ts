import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLogistic, type Sample } from '../../../measure/shots/fit-logistic.ts';

const grid = Array.from({ length: 21 }, (_, at) => (at - 10) / 5);
const samples = (isTrue: (x: number, y: number) => boolean): Sample[] =>
  grid.flatMap((x) => grid.map((y) => ({ values: [x, y], isTrue: isTrue(x, y) })));

describe('a logistic regression', () => {
  it('tells classes apart that a line divides, wherever it lies', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
        fc.double({ min: -0.8, max: 0.8, noNaN: true }),
        (angle, offset) => {
          const all = samples((x, y) => Math.cos(angle) * x + Math.sin(angle) * y > offset);
          const model = fitLogistic(all);
          const right = all.filter(({ values, isTrue }) => model.logOdds(values) > 0 === isTrue);
          expect(right.length / all.length).toBeGreaterThan(0.93);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('says next to nothing of a value that does not matter', () => {
    const { weights } = fitLogistic(samples((x) => x > 0.1));
    expect(Math.abs(weights[1] ?? 1)).toBeLessThan(Math.abs(weights[0] ?? 0) / 20);
  });

  it('weighs both classes alike, however rare one is', () => {
    const common = samples((x) => x > 0);
    const rare = common.filter(({ isTrue }, at) => !isTrue || at % 7 === 0);
    const [of, ofRare] = [fitLogistic(common), fitLogistic(rare)].map((model) => model.logOdds([0, 0]));
    expect(Math.abs((of ?? 0) - (ofRare ?? 9))).toBeLessThan(1);
  });
});
