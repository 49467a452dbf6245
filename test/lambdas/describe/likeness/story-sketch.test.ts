import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareStories, lookAtStory } from '../../../../lambdas/describe/likeness/story-sketch.ts';

const prose = (seed: number, count: number) =>
  Array.from({ length: count }, (_, at) => `word${(seed * 7919 + at * 104_729 + at * at * 31) % 9973}`);

describe('two stories', () => {
  const compare = (one: readonly string[], other: readonly string[]) =>
    compareStories(lookAtStory(one.join(' ')).sketch, lookAtStory(other.join(' ')).sketch);
  const text = prose(1, 400);

  it('are the same where case, accents and punctuation differ', () => {
    const [one, other] = [
      lookAtStory('Ça va, Zoë? '.repeat(1) + text.join(' ')),
      lookAtStory(`CA VA ZOE ${text.join(', ')}`),
    ];
    expect(one).toEqual(other);
    expect(compareStories(one.sketch, other.sketch)).toEqual({ isSame: true, score: 1 });
  });

  it('are the same where one word in 20 differs, or the last third is cut off', () => {
    expect(
      compare(
        text,
        text.map((word, at) => (at % 20 === 0 ? 'other' : word)),
      ).isSame,
    ).toBe(true);
    expect(compare(text, text.slice(0, 270)).isSame).toBe(true);
  });

  it('are not the same where they share a third, or one is a small part of the other', () => {
    expect(compare([...text.slice(0, 130), ...prose(2, 270)], text).isSame).toBe(false);
    expect(compare(text, text.slice(0, 150)).isSame).toBe(false);
    expect(compare(text, prose(3, 400))).toMatchObject({ isSame: false, score: 0 });
  });

  it('say nothing where they are short', () => {
    expect(lookAtStory('A man waits.').hashes).toEqual([]);
    expect(compare(['a', 'man', 'waits'], ['a', 'man', 'waits']).isSame).toBe(false);
    expect(lookAtStory('').sketch).toEqual({ shingleCount: 0, lowest: [] });
    expect(lookAtStory(prose(4, 22).join(' ')).hashes).toHaveLength(20);
    expect(lookAtStory(prose(4, 21).join(' ')).hashes).toEqual([]);
  });

  it('share a hash where they are the same', () => {
    const hashes = new Set(lookAtStory(text.join(' ')).hashes);
    const edited = lookAtStory(text.map((word, at) => (at % 30 === 0 ? 'other' : word)).join(' '));
    expect(edited.hashes.some((hash) => hashes.has(hash))).toBe(true);
    expect(lookAtStory(prose(5, 400).join(' ')).hashes.some((hash) => hashes.has(hash))).toBe(false);
  });

  it('are as alike one way round as the other', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.integer({ min: 0, max: 400 }), (one, other, shared) => {
        const [a, b] = [
          [...text.slice(0, shared), ...prose(one, 100)],
          [...text.slice(0, shared), ...prose(other, 150)],
        ];
        expect(compare(a, b)).toEqual(compare(b, a));
      }),
      { numRuns: 40 },
    );
  });
});
