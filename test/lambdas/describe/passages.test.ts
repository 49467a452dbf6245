import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatePieces, maxPassagePieces, splitPassages } from '../../../lambdas/describe/passages.ts';

const words = (text: string) => text.split(/\s+/).filter(Boolean);

describe('passages', () => {
  it('hold the limit and together every word of the story once, in its order', () => {
    const word = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom('Kyiv.', 'a', 'Дощ', '東京', '1,250', 'Why?'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 300 }), fc.integer({ min: 13, max: 60 }), (parts, limit) => {
        const story = parts.join(' ');
        const passages = splitPassages(story, 'en', limit);
        for (const passage of passages) expect(estimatePieces(passage)).toBeLessThanOrEqual(limit);
        expect(passages.flatMap(words).join('')).toBe(words(story).join(''));
        if (passages.length === 1) expect(words(passages[0] as string)).toEqual(words(story));
      }),
    );
  });

  it('end where sentences end', () => {
    const sentence = (number: number) => `Sentence number ${number} says that the ferry from Bergen was late again.`;
    const story = Array.from({ length: 40 }, (_, number) => sentence(number)).join(' ');
    const passages = splitPassages(story);
    expect(passages.length).toBeGreaterThan(1);
    for (const passage of passages) expect(passage).toMatch(/^Sentence number .* again\.$/s);
  });

  it('keep paragraphs apart', () => {
    expect(splitPassages('One. Two.\n\nThree.')).toEqual(['One. Two.\nThree.']);
  });

  it('split a sentence and even a word that no passage holds', () => {
    const long = `${'word '.repeat(500)}end.`;
    expect(splitPassages(long).length).toBeGreaterThan(1);
    for (const passage of splitPassages('x'.repeat(5000)))
      expect(estimatePieces(passage)).toBeLessThanOrEqual(maxPassagePieces);
  });

  it('take a language that nobody knows for English', () => {
    expect(splitPassages('One. Two.', 'not a language')).toEqual(['One. Two.']);
  });
});
