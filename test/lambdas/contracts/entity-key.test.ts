import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityFilter, entityKey } from '../../../lambdas/contracts/entity-key.ts';

describe('entityKey', () => {
  it.each([
    ['  Ángela   MERKEL ', 'angela merkel'],
    ['Łódź', 'lodz'],
    ['Straße', 'strasse'],
    ['STRASSE', 'strasse'],
    ['İstanbul', 'istanbul'],
    ['Isle of Man’s', 'isle of man'],
    ["O’Brien's", "o'brien"],
    ['Washington, D.C.', 'washington d.c'],
    ['“United Nations”', 'united nations'],
    ['Baden–Württemberg', 'baden-wurttemberg'],
    ['Ｔｏｋｙｏ', 'tokyo'],
    ['서울', '서울'],
    ['कीव', 'कीव'],
    ['...', ''],
  ])('folds %j to %j', (name, key) => expect(entityKey(name)).toBe(key));

  it('is idempotent, lower-case and never holds the comma between filters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const key = entityKey(name);
        expect(entityKey(key)).toBe(key);
        expect(key).not.toMatch(/,|^\s|\s$|\s\s/);
        expect(entityKey(name.toUpperCase().toLowerCase())).toBe(entityKey(name.toUpperCase()));
      }),
    );
  });

  it('makes the filter of the index and the API', () => {
    expect(entityFilter({ label: 'LOC', key: entityKey('Kyiv') })).toBe('LOC:kyiv');
  });
});
