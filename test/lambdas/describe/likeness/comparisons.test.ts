import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contentOf, type GreyPicture, readGrey } from '../../../../lambdas/describe/likeness/grey-picture.ts';
import { comparePictures } from '../../../../lambdas/describe/likeness/picture-comparison.ts';
import { isPlain, lookAt } from '../../../../lambdas/describe/likeness/picture-look.ts';
import { compareStories, lookAtStory } from '../../../../lambdas/describe/likeness/story-sketch.ts';
import { compareVideos } from '../../../../lambdas/describe/likeness/video-comparison.ts';

/** Blobs and bars at places that a number decides. */
function scene(seed: number, extra = ''): Promise<Buffer> {
  const at = (n: number) => ((seed * 7919 + n * 104_729) % 997) / 997;
  const shapes = Array.from({ length: 40 }, (_, n) => {
    const grey = Math.round(at(n * 5) * 255);
    return `<ellipse cx="${at(n * 5 + 1) * 640}" cy="${at(n * 5 + 2) * 420}" rx="${8 + at(n * 5 + 3) * 60}" ry="${8 + at(n * 5 + 4) * 60}" fill="rgb(${grey},${grey},${grey})"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="420"><rect width="640" height="420" fill="#888"/>${shapes.join('')}${extra}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 92 }).toBuffer();
}

describe('two pictures', () => {
  it('are the same however one was compressed, cropped or framed', async () => {
    const original = await scene(1);
    const look = await lookAt(original);
    const versions = [
      await sharp(original).jpeg({ quality: 30 }).toBuffer(),
      await sharp(original).extract({ left: 60, top: 10, width: 520, height: 340 }).jpeg().toBuffer(),
      await sharp(original).extend({ top: 40, bottom: 40, background: '#fff' }).jpeg().toBuffer(),
      await sharp(original).linear(0.7, 10).jpeg().toBuffer(),
    ];
    for (const version of versions) {
      const other = await lookAt(version);
      expect(comparePictures(look, other).isSame).toBe(true);
      expect(comparePictures(other, look).isSame).toBe(true);
    }
  });

  it('are not the same where something in them differs, or everything', async () => {
    const look = await lookAt(await scene(1));
    const moved =
      '<g fill="#fff" stroke="#000" stroke-width="9"><circle cx="300" cy="190" r="70"/><circle cx="300" cy="300" r="60"/></g>';
    expect(comparePictures(look, await lookAt(await scene(1, moved))).isSame).toBe(false);
    expect(comparePictures(look, await lookAt(await scene(2)))).toMatchObject({ isSame: false });
  });

  it('are the same under a caption that is burnt into their lower edge', async () => {
    const caption =
      '<rect y="350" width="640" height="70" fill="#000"/><text x="20" y="395" font-size="30" fill="#fff">PARIS: Minister speaks</text>';
    expect(comparePictures(await lookAt(await scene(3)), await lookAt(await scene(3, caption))).isSame).toBe(true);
  });

  it('say nothing where they are of one colour', async () => {
    const plain = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#222' } })
      .png()
      .toBuffer();
    const look = await lookAt(plain);
    expect(isPlain(look)).toBe(true);
    expect(look.landmarks).toEqual([]);
    expect(isPlain(await lookAt(await scene(4)))).toBe(false);
    expect(comparePictures(look, look)).toEqual({ isSame: false, score: 0 });
  });
});

describe('the borders of a picture', () => {
  const picture = (width: number, height: number, valueAt: (x: number, y: number) => number): GreyPicture => ({
    width,
    height,
    grey: Float32Array.from({ length: width * height }, (_, at) => valueAt(at % width, Math.floor(at / width))),
  });

  it('are its uniform edges, with the line that was mixed of both', () => {
    const framed = picture(100, 100, (x, y) => (x < 10 || y >= 80 ? 255 : (x * 37 + y * 91) % 200));
    expect(contentOf(framed)).toEqual({ left: 0.11, right: 1, top: 0, bottom: 1 - 0.21 });
  });

  it('are none where a single line is uniform, or nearly all of it', () => {
    expect(contentOf(picture(100, 100, (x, y) => (y === 0 ? 0 : (x * 37 + y * 91) % 200)))).toMatchObject({ top: 0 });
    const whole = { left: 0, right: 1, top: 0, bottom: 1 };
    expect(contentOf(picture(100, 100, () => 7))).toEqual(whole);
    expect(contentOf(picture(100, 100, (x, y) => (y < 65 ? 0 : (x * 37 + y * 91) % 200)))).toEqual(whole);
  });

  it('are taken away before a picture is fitted into its square', async () => {
    const framed = await sharp(await scene(5))
      .extend({ left: 160, right: 160, background: '#000' })
      .png()
      .toBuffer();
    const [grey] = (await readGrey(framed, [128], 16)).wholes;
    expect((grey?.width ?? 0) / (grey?.height ?? 1)).toBeCloseTo(640 / 420, 1);
  });
});

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

describe('two videos', () => {
  const hash = (n: number) =>
    ((BigInt(n + 1) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
  const video = (durationSeconds: number, from = 0, count = 10) => ({
    durationSeconds,
    keyframes: Array.from({ length: count }, (_, at) => ({ hash: hash(from + at), seconds: at * 5 })),
  });

  it('are the same where their keyframes come at the same distances', () => {
    expect(compareVideos(video(50), video(50))).toEqual({ isSame: true, score: 1 });
    const late = video(50).keyframes.map(({ seconds, ...rest }) => ({ ...rest, seconds: seconds + 1 }));
    expect(compareVideos(video(50), { durationSeconds: 51, keyframes: late }).isSame).toBe(true);
  });

  it('are the same where one was trimmed at its ends, and related where half of it is gone', () => {
    expect(compareVideos(video(50), video(40, 1, 8))).toEqual({ isSame: true, score: 1 });
    expect(compareVideos(video(50), video(25, 2, 5))).toEqual({ isSame: false, score: 1 });
  });

  it('are not the same where the same pictures come at other distances', () => {
    const shuffled = video(50).keyframes.map(({ seconds, ...rest }, at) => ({ ...rest, seconds: (at * 17) % 50 }));
    expect(compareVideos(video(50), { durationSeconds: 50, keyframes: shuffled }).isSame).toBe(false);
  });

  it('are not told by one picture unless they are equally long', () => {
    expect(compareVideos(video(50, 0, 1), video(50, 0, 1)).isSame).toBe(true);
    expect(compareVideos(video(40, 0, 1), video(50, 0, 1)).isSame).toBe(false);
  });

  it('say nothing without keyframes', () => {
    expect(compareVideos(video(50, 0, 0), video(50))).toEqual({ isSame: false, score: 0 });
    expect(compareVideos(video(50), video(50, 20))).toEqual({ isSame: false, score: 0 });
  });
});
