import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareStoryVersions } from '../../../lambdas/clients/asset-ledger.ts';

const version = fc.oneof(
  fc.nat().map(String),
  fc.tuple(fc.nat(99), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`),
  fc
    .date({ noInvalidDate: true, min: new Date('1990-01-01'), max: new Date('2090-01-01') })
    .map((date) => date.toISOString()),
  fc.string(),
);

describe('the order of story versions', () => {
  it.each([
    ['9', '10'],
    ['1.2', '1.3'],
    ['20260301120000000000', '20260301120000000001'],
    ['2026-03-01T12:00:00+02:00', '2026-03-01T11:00:00Z'],
    ['12', '2026-03-01T11:00:00Z'],
    ['12', 'final'],
    ['a', 'b'],
  ])('puts %s before %s', (older, newer) => {
    expect(compareStoryVersions(older, newer)).toBeLessThan(0);
    expect(compareStoryVersions(newer, older)).toBeGreaterThan(0);
  });

  it('is antisymmetric and transitive over any mixture', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareStoryVersions(a, b)) + Math.sign(compareStoryVersions(b, a))).toBe(0);
        const [x, y, z] = [a, b, c].sort(compareStoryVersions) as [string, string, string];
        expect(compareStoryVersions(x, y)).toBeLessThanOrEqual(0);
        expect(compareStoryVersions(y, z)).toBeLessThanOrEqual(0);
        expect(compareStoryVersions(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
