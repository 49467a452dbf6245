import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyframesInChunk } from '../../../lambdas/shots/extract-keyframes.ts';
import type { FoundFile } from '../../../lambdas/shots/work-files.ts';

const chunkAt = (chunk: number) => ({ firstFrame: 100 * chunk, lastFrame: 100 * chunk + 99 });

/** Shots of which only the candidates for keyframes matter here. */
const shotsWith = (keyframes: number[][][]): Pick<FoundFile, 'shots'> => ({
  shots: keyframes.map((ofShot, index) => ({
    index,
    startFrame: 0,
    endFrame: 0,
    startSeconds: 0,
    endSeconds: 0,
    startTimecode: '00:00:00:00',
    endTimecode: '00:00:00:00',
    transitionIn: { kind: 'start' as const, firstFrame: 0, lastFrame: 0, probability: 0 },
    keyframes: ofShot.map((candidates) => candidates.map((frame) => ({ frame, seconds: frame / 25 }))),
  })),
});

describe('the keyframes of a chunk', () => {
  it('are those whose best candidate lies in it, with the candidates that do', () => {
    const found = shotsWith([
      [[40, 48, 33]],
      [
        [98, 105, 91],
        [150, 143],
      ],
    ]);
    expect(keyframesInChunk(found, chunkAt(0))).toEqual([
      { name: '0', candidates: [40, 48, 33] },
      { name: '1', candidates: [98, 91] },
    ]);
    expect(keyframesInChunk(found, chunkAt(1))).toEqual([{ name: '1-1', candidates: [150, 143] }]);
    expect(keyframesInChunk(found, chunkAt(2))).toEqual([]);
  });

  it('together are all keyframes, each once', () => {
    const candidates = fc.uniqueArray(fc.nat(499), { minLength: 1, maxLength: 3 });
    const shots = fc.array(fc.array(candidates, { minLength: 1, maxLength: 3 }), { maxLength: 8 });
    fc.assert(
      fc.property(shots, (keyframes) => {
        const found = shotsWith(keyframes);
        const names = [0, 1, 2, 3, 4].flatMap((chunk) =>
          keyframesInChunk(found, chunkAt(chunk)).map(({ name, candidates }) => {
            expect(candidates.length).toBeGreaterThan(0);
            expect(candidates.every((frame) => Math.floor(frame / 100) === chunk)).toBe(true);
            return name;
          }),
        );
        expect(new Set(names).size).toBe(names.length);
        expect(names).toHaveLength(keyframes.flat().length);
      }),
    );
  });
});
