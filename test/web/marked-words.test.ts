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

  it('may be of any script', () => {
    expect(markedWords('Поезд в Вену', 'поезд')).toEqual(['поезд']);
  });
});
