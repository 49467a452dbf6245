import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine, plainList, plainText, titleFrom } from '../../../lambdas/describe/plain-text.ts';

describe('text from outside', () => {
  it('loses control characters, overrides of direction and hidden characters', () => {
    expect(plainText('a\u0000b\u202ec\u200bd\ufeff', 100)).toBe('a bcd');
    expect(plainText('one\r\ntwo\u2028three\n\n\n\nfour', 100)).toBe('one\ntwo\nthree\n\nfour');
  });

  it('keeps markup as the characters it is, for the page shows text and nothing else', () => {
    expect(plainText('<b>1 < 2</b> & so on', 100)).toBe('<b>1 < 2</b> & so on');
  });

  it('never exceeds its limit, and cleaning twice is cleaning once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (text, limit) => {
        const line = plainLine(text, limit);
        expect(line.length).toBeLessThanOrEqual(limit);
        expect(plainLine(line, limit)).toBe(line);
        expect(line).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u);
        expect(line.isWellFormed() || !text.isWellFormed()).toBe(true);
      }),
    );
  });

  it('cuts between words and says so', () => {
    expect(plainLine('the quick brown fox jumps', 18)).toBe('the quick brown…');
  });

  it('lists each thing once, whatever its case', () => {
    expect(plainList([' Kyiv ', 'kyiv', '', 'Lviv', 'Odesa'], 2)).toEqual(['Kyiv', 'Lviv']);
  });

  it('makes a title of the first sentence', () => {
    expect(titleFrom('Rain fell in Bergen. It went on.')).toBe('Rain fell in Bergen.');
  });
});
