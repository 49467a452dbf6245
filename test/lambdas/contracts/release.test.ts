import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hold, heldBackClauses, holdOf, releaseOf } from '../../../lambdas/contracts/release.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const moments = fc.date({
  min: new Date('2026-02-28T00:00:00Z'),
  max: new Date('2026-03-03T00:00:00Z'),
  noInvalidDate: true,
});
const holds: fc.Arbitrary<Hold> = fc.record(
  { withheld: fc.boolean(), embargoUntil: moments.map((moment) => moment.toISOString()) },
  { requiredKeys: ['withheld'] },
);

/** What OpenSearch makes of the two clauses there are: an absent field matches no range. */
const isHeldBackByIndex = ({ withheld, embargoUntil }: Hold, at: Date): boolean =>
  heldBackClauses(at.toISOString()).some((clause) => {
    const { term, range } = clause as { term?: { withheld: boolean }; range?: { embargoUntil: { gt: string } } };
    if (term !== undefined) return term.withheld === withheld;
    return embargoUntil !== undefined && Date.parse(embargoUntil) > Date.parse(range?.embargoUntil.gt ?? '');
  });

describe('what may be seen', () => {
  it('is nothing of what nobody has read yet', () => {
    expect(releaseOf(undefined, now)).toEqual({ state: 'unknown' });
    expect(holdOf([])).toBeUndefined();
  });

  it('is what is neither withheld nor under embargo, from the very moment at which the embargo ends', () => {
    expect(releaseOf({ withheld: false }, now)).toEqual({ state: 'released' });
    expect(releaseOf({ withheld: false, embargoUntil: '2026-03-01T13:00:00+01:00' }, now)).toEqual({
      state: 'released',
    });
    expect(releaseOf({ withheld: false, embargoUntil: '2026-03-01T12:00:00.001Z' }, now)).toEqual({
      state: 'embargoed',
      until: '2026-03-01T12:00:00.001Z',
    });
    expect(releaseOf({ withheld: true, embargoUntil: '2026-01-01T00:00:00Z' }, now)).toEqual({ state: 'withheld' });
  });

  it('is an asset only where each of its parts is', () => {
    fc.assert(
      fc.property(fc.array(holds, { minLength: 1, maxLength: 6 }), moments, (parts, at) => {
        const isEach = parts.every((part) => releaseOf(part, at).state === 'released');
        expect(releaseOf(holdOf(parts), at).state === 'released').toBe(isEach);
      }),
    );
  });

  it('is the same to the index as to everything else', () => {
    fc.assert(
      fc.property(holds, moments, (hold, at) => {
        expect(isHeldBackByIndex(hold, at)).toBe(releaseOf(hold, at).state !== 'released');
      }),
    );
  });
});
