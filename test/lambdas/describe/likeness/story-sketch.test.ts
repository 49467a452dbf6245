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

  it('are found by hashes that stay as they are stored, in every version of the code', () => {
    const { hashes, sketch } = lookAtStory(
      'The ferry Linnea ran aground off the harbour of Visby on Monday night. Nobody was hurt, the coast guard said, ' +
        'and all 212 passengers were taken ashore before dawn by two lifeboats and a fishing boat.',
    );
    expect(sketch.shingleCount).toBe(34);
    expect(sketch.lowest.slice(0, 4)).toEqual([30936083, 521388530, 624603011, 687435270]);
    expect([...hashes.slice(0, 3), hashes.at(-1)]).toEqual([
      '7668a74110128c76',
      'e70bd4212d6a944f',
      '850f0423302d3e80',
      '324a074d8a4cf236',
    ]);
  });

  it('keep the lowest 256 hashes of a long one, ascending', () => {
    const { shingleCount, lowest } = lookAtStory(prose(6, 900).join(' ')).sketch;
    expect(shingleCount).toBeGreaterThan(800);
    expect(lowest).toHaveLength(256);
    expect(lowest).toEqual([...lowest].sort((a, b) => a - b));
  });

  it('are the same from half of all shingles on, and where nine tenths of one make up half of the other', () => {
    const sketch = (from: number, count: number) => ({
      shingleCount: count,
      lowest: Array.from({ length: count }, (_, at) => from + at),
    });
    // 60 of 120 in common; 59 of 121.
    expect(compareStories(sketch(0, 90), sketch(30, 90))).toEqual({ isSame: true, score: 0.5 });
    expect(compareStories(sketch(0, 90), sketch(31, 90)).isSame).toBe(false);
    // 46 of 50 lie in the other, and 50 is half of 100, though Jaccard's index is 46 of 104.
    expect(compareStories(sketch(0, 50), sketch(4, 100))).toMatchObject({ isSame: true });
    expect(compareStories(sketch(0, 50), sketch(4, 100)).score).toBeCloseTo(0.92, 10);
    expect(compareStories(sketch(4, 100), sketch(0, 50)).isSame).toBe(true);
    expect(compareStories(sketch(0, 50), sketch(6, 100)).isSame).toBe(false);
    expect(compareStories(sketch(0, 50), sketch(4, 101)).isSame).toBe(false);
  });

  it('are compared by the lowest hashes of both where they are long', () => {
    const even = Array.from({ length: 256 }, (_, at) => 2 * at);
    const third = Array.from({ length: 256 }, (_, at) => 3 * at);
    const { score } = compareStories({ shingleCount: 900, lowest: even }, { shingleCount: 900, lowest: third });
    // Of the 256 lowest of both, which end at 381 or so, every third of the even ones is in both.
    expect(score).toBeCloseTo(64 / 256, 2);
  });

  it('say nothing where one of them is short', () => {
    const short = { shingleCount: 19, lowest: Array.from({ length: 19 }, (_, at) => at) };
    expect(compareStories(short, short)).toEqual({ isSame: false, score: 0 });
    const enough = { shingleCount: 20, lowest: Array.from({ length: 20 }, (_, at) => at) };
    expect(compareStories(enough, enough)).toEqual({ isSame: true, score: 1 });
    expect(compareStories({ shingleCount: 0, lowest: [] }, { shingleCount: 0, lowest: [] })).toEqual({
      isSame: false,
      score: 0,
    });
  });
});
