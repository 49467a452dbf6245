import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../web/src/parts/sizes.ts';

describe('a size of a file', () => {
  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1_720, '2 kB'],
    [1_449_000, '1.4 MB'],
    [7_200_000_000, '7.2 GB'],
    [3e15, '3,000 TB'],
  ])('of %d bytes is told in the unit that says most: %s', (bytes, said) => {
    expect(sizeOf(bytes)).toBe(said);
  });
});
