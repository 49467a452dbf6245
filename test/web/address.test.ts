import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyAddress,
  readAddress,
  toApiQuery,
  toggled,
  withWords,
  writeAddress,
} from '../../web/src/search/address.ts';

describe('a search in the address bar', () => {
  it('is read as it was written', () => {
    const name = fc.stringMatching(/^[a-z0-9:-]{1,12}$/);
    fc.assert(
      fc.property(
        fc.record({
          q: fc.string({ maxLength: 100 }),
          type: fc.subarray(['photo', 'video', 'story']),
          desk: fc.array(name, { maxLength: 3 }),
          entity: fc.array(name, { maxLength: 3 }),
          off: fc.subarray(['spelling', 'dates', 'rerank']),
          ignore: fc.array(name, { maxLength: 3 }),
        }),
        (address) => {
          expect(readAddress(writeAddress(address))).toEqual(address);
        },
      ),
    );
  });

  it('takes nothing over that the archive would refuse', () => {
    const address = readAddress(
      new URLSearchParams({ from: 'yesterday', off: 'everything,spelling', q: 'x'.repeat(999) }),
    );
    expect(address).toEqual({ ...emptyAddress, q: 'x'.repeat(512), off: ['spelling'] });
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
