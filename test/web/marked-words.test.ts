import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markedWords } from '../../web/src/parts/marked-words.ts';

describe('the words marked in a text', () => {
  it('are those of the query in whatever form, as they stand in the text', () => {
    expect(markedWords('Trains stood still; one train left.', 'night TRAIN')).toEqual(['trains', 'train']);
  });

  it('are whole words: a part of another one is not meant', () => {
    expect(markedWords('After midnight, in the first night', 'night')).toEqual(['night']);
  });

  it('are none of those that stand in every text', () => {
    expect(markedWords('The man on the bridge', 'the bridge')).toEqual(['bridge']);
  });

  it.each([
    ['Cyrillic', 'Поезд в Вену', 'поезд', ['поезд']],
    ['Arabic', 'قوارب الصيد في ميناء لشبونة', 'ميناء', ['ميناء']],
    ['Hebrew', 'סירות דיג בנמל חיפה', 'חיפה', ['חיפה']],
    ['Korean', '어선이 리스본 항구를 떠난다', '리스본', ['리스본']],
    ['Hindi', 'बंदरगाह पर नाव', 'नाव', ['नाव']],
    ['Chinese', '渔船在黎明时分离开里斯本港口', '里斯本的渔船', ['里斯本', '渔船']],
    ['Japanese', '漁船がリスボンの港を出る', 'リスボンの漁船', ['リスボン', '漁船']],
    ['Thai', 'เรือประมงออกจากท่าเรือ', 'เรือประมง', ['เรือ', 'ประมง']],
  ])('are found in %s', (_, text, query, marked) => {
    const found = markedWords(text, query);
    for (const word of found) expect(text.toLowerCase()).toContain(word);
    expect(found.join(' ')).toBe(marked.join(' '));
  });

  it('are whole words of a script without spaces, not each of their characters', () => {
    expect(markedWords('東京の夜、京都の朝', '東京', ['東', '京'])).toEqual(['東京']);
    expect(markedWords('夜の街', '夜', ['夜'])).toEqual(['夜']);
  });

  it('are the index’s where it named some, those of one letter left out', () => {
    expect(markedWords('Boats on a lake', 'boat on a lake', ['Boats', 'a'])).toEqual(['Boats']);
  });

  it('are found with and without accents', () => {
    expect(markedWords('Valparaíso at dawn', 'valparaiso')).toEqual(['valparaíso']);
  });

  it('stand in the text, whatever is asked of whatever text', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'É', 'ß', ' ', '東', '京', 'の', 'リ', 'ש', 'ن', '👍', '\u0301'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, text, (one, other) => {
        for (const word of markedWords(one, other)) expect(one.toLowerCase()).toContain(word.toLowerCase());
      }),
    );
  });
});
