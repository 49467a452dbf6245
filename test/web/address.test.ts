import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../lambdas/search/parse-query.ts';
import {
  emptyAddress,
  filterCount,
  isChosen,
  readAddress,
  toApiQuery,
  toggled,
  withoutFilters,
  withWords,
  writeAddress,
} from '../../web/src/search/address.ts';

const day = fc.constantFrom('2024-02-29', '2024-03-01', '2025-12-31');
const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,11}$/);
const entity = fc
  .tuple(fc.constantFrom('PER', 'ORG', 'LOC', 'MISC'), fc.constantFrom('lisbon', 'kyiv', 'o’hara', '東京', 'ميناء'))
  .map((parts) => parts.join(':'));
const address = fc.record(
  {
    q: fc.string({ maxLength: 100 }),
    type: fc.subarray(['photo', 'video', 'story']),
    desk: fc.array(name, { maxLength: 3 }),
    entity: fc.array(entity, { maxLength: 3 }),
    from: day,
    to: day,
    off: fc.subarray(['spelling', 'dates', 'rerank']),
    ignore: fc.array(name, { maxLength: 3 }),
  },
  { requiredKeys: ['q', 'type', 'desk', 'entity', 'off', 'ignore'] },
);

describe('a search in the address bar', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(address, (one) => void expect(readAddress(writeAddress(one))).toEqual(one)));
    const similar = { ...emptyAddress, similar: `${'a'.repeat(64)}.photo.0` };
    expect(readAddress(writeAddress(similar))).toEqual(similar);
  });

  it('asks for nothing that the archive refuses, whatever somebody put there', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc
        .array(fc.oneof(entity, name, fc.constantFrom('photo', 'podcast', '../sport', 'LOC:', 'lisbon')), {
          maxLength: 30,
        })
        .map((values) => values.join(',')),
      fc.constantFrom('2024-02-31', '2024-03-01', 'yesterday', 'x'.repeat(10_000), '\u0000', '-1', 'NaN', '99999'),
    );
    const names = [
      'q',
      'similar',
      'type',
      'desk',
      'entity',
      'from',
      'off',
      'ignore',
      'size',
      'page',
      'cursor',
      'fusion',
    ];
    const parameters = fc.dictionary(fc.constantFrom(...names), anything);
    fc.assert(
      fc.property(parameters, (given) => {
        const asked = Object.fromEntries(toApiQuery(readAddress(new URLSearchParams(given))));
        expect(parseQuery(asked).size).toBe(40);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps of ten thousand filters as many as the archive takes', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `PER:p${at}`).join(',');
    expect(readAddress(new URLSearchParams({ entity: many })).entity).toHaveLength(20);
  });

  it('takes words before a document, for both are never asked for at once', () => {
    const both = readAddress(new URLSearchParams({ q: 'rain', similar: 'a' }));
    expect(both).toEqual({ ...emptyAddress, q: 'rain' });
  });

  it('reads other words afresh and keeps the filters', () => {
    const before = toggled(toggled({ ...emptyAddress, q: 'kiyv' }, 'ignore', 'spelling:kiyv'), 'type', 'photo');
    expect(withWords(before, 'lviv')).toEqual({ ...emptyAddress, q: 'lviv', type: ['photo'] });
  });

  it('goes on from a cursor', () => {
    expect(toApiQuery({ ...emptyAddress, q: 'a' }, 'next').get('cursor')).toBe('next');
    expect(toApiQuery({ ...emptyAddress, q: 'a' }).has('cursor')).toBe(false);
  });
});

describe('filters', () => {
  it('are on after one press and off after the next', () => {
    fc.assert(
      fc.property(address, fc.constantFrom('type', 'desk', 'entity'), entity, (before, list, value) => {
        const isOn = isChosen(before, list, value);
        const after = toggled(before, list, value);
        expect(isChosen(after, list, value)).toBe(!isOn);
        expect(isChosen(toggled(after, list, value), list, value)).toBe(isOn);
      }),
    );
  });

  it('by a name are the same under every label', () => {
    const place = toggled(emptyAddress, 'entity', 'LOC:kennedy');
    expect(isChosen(place, 'entity', 'PER:kennedy')).toBe(true);
    expect(toggled(place, 'entity', 'ORG:kennedy').entity).toEqual([]);
  });

  it('are none when all were taken away, and the words stay', () => {
    fc.assert(
      fc.property(address, (before) => {
        const after = withoutFilters(before);
        expect(filterCount(after)).toBe(0);
        expect([after.q, after.off, after.ignore]).toEqual([before.q, before.off, before.ignore]);
      }),
    );
  });
});
