import { describe, expect, it } from 'vitest';
import type { GreyPicture } from '../../../../lambdas/describe/likeness/grey-picture.ts';
import { type ComparedPicture, comparePictures } from '../../../../lambdas/describe/likeness/picture-comparison.ts';
import type { HashedLandmark } from '../../../../lambdas/describe/likeness/picture-look.ts';

type Scene = (x: number, y: number) => number;
const size = { width: 120, height: 96 };

/** Waves in many directions: grey levels at every point of the plane, so that crops and sizes of it are exact. */
function waves(seed: number, { contrast = 1 } = {}): Scene {
  const random = (n: number): number => {
    const value = Math.sin(seed * 127.1 + n * 311.7) * 43_758.5453;
    return value - Math.floor(value);
  };
  const parts = Array.from({ length: 14 }, (_, n) => {
    const [angle, length] = [random(n) * 2 * Math.PI, 9 + 30 * random(n + 50)];
    return {
      u: (Math.cos(angle) * 2 * Math.PI) / length,
      v: (Math.sin(angle) * 2 * Math.PI) / length,
      p: random(n + 99) * 7,
    };
  });
  return (x, y) => 128 + contrast * parts.reduce((sum, { u, v, p }) => sum + 14 * Math.sin(u * x + v * y + p), 0);
}

interface Window {
  left?: number;
  top?: number;
  /** Of the scene's pixels, how many one pixel of the picture takes. */
  scale?: number;
  width?: number;
  height?: number;
}

function shown(
  scene: Scene,
  { left = 0, top = 0, scale = 1, width = size.width, height = size.height }: Window = {},
): GreyPicture {
  const grey = Float32Array.from({ length: width * height }, (_, at) =>
    scene(left + (at % width) * scale, top + Math.floor(at / width) * scale),
  );
  return { width, height, grey };
}

/** A landmark at a place of the scene, as a picture that shows the scene through this window has it. */
const landmark = (
  x: number,
  y: number,
  { left = 0, top = 0, scale = 1 }: Window = {},
  { bits = 0x5a5a5a5an, sigma = 6 } = {},
): HashedLandmark => ({ x: (x - left) / scale, y: (y - top) / scale, sigma: sigma / scale, strength: 9, bits });

const picture = (grey: GreyPicture, landmarks: readonly HashedLandmark[] = []): ComparedPicture => ({
  grey,
  landmarks,
});

/** Whether a picture of the scene and one of another scene, seen through a window, are the same, both ways round. */
function areSame(
  scene: Scene,
  other: Scene,
  window: Window = {},
  marks: { at?: readonly [number, number]; off?: number; bits?: bigint; sigma?: number } = {},
): boolean {
  const [x, y] = marks.at ?? [60, 48];
  const { off = 0, bits = 0x5a5a5a5an, sigma = 6 } = marks;
  const one = picture(shown(scene), [landmark(x, y)]);
  const two = picture(shown(other, window), [landmark(x + off, y - off, window, { bits, sigma })]);
  const found = comparePictures(one, two).isSame;
  expect(comparePictures(two, one).isSame).toBe(found);
  return found;
}

/** The scene with something else in a box of it. */
const withBox =
  (scene: Scene, box: { x?: readonly [number, number]; y?: readonly [number, number] }, other: Scene): Scene =>
  (x, y) => {
    const [fromX, toX] = box.x ?? [0, size.width];
    const [fromY, toY] = box.y ?? [0, size.height];
    return x >= fromX && x < toX && y >= fromY && y < toY ? other(x, y) : scene(x, y);
  };

const scene = waves(1);
const stranger = waves(2);

describe('two pictures laid upon one another', () => {
  it('are the same where they show the same, and different where they do not', () => {
    expect(comparePictures(picture(shown(scene)), picture(shown(scene)))).toEqual({ isSame: true, score: 1 });
    expect(areSame(scene, stranger)).toBe(false);
    expect(areSame(scene, (x, y) => 255 - scene(x, y))).toBe(false);
  });

  it('are the same at another size, without any landmark', () => {
    const small = picture(shown(scene, { scale: 2, width: 60, height: 48 }));
    expect(comparePictures(picture(shown(scene)), small).isSame).toBe(true);
    expect(comparePictures(small, picture(shown(scene))).isSame).toBe(true);
  });

  it('are the same where one is brighter or flatter', () => {
    expect(areSame(scene, (x, y) => 0.6 * scene(x, y) + 30)).toBe(true);
    expect(areSame(scene, (x, y) => 1.4 * scene(x, y) - 40)).toBe(true);
  });

  it.each<[string, Window]>([
    ['a crop at the right edge', { left: 18, top: 4, width: 102, height: 90 }],
    ['a crop at the left edge, larger', { left: 2, top: 10, scale: 0.8, width: 120, height: 100 }],
    ['a crop that is shown small', { left: 12, top: 9, scale: 1.25, width: 80, height: 66 }],
  ])('are the same where one is %s, though the landmark is a little off', (_, window) => {
    expect(areSame(scene, scene, window, { off: 1.5 })).toBe(true);
    expect(areSame(scene, scene, window, { off: -1.5, sigma: 6.15 })).toBe(true);
    expect(areSame(scene, scene, window, { off: 1, sigma: 5.85 })).toBe(true);
  });

  it('are not found to be the same where no landmark says how one lies upon the other', () => {
    const window = { left: 30, top: 4, width: 90, height: 90 };
    expect(areSame(scene, scene, window)).toBe(true);
    expect(areSame(scene, scene, window, { bits: 0xa5a5a5a5n })).toBe(false);
  });

  it('take landmarks for the same within eight bits', () => {
    const window = { left: 30, top: 4, width: 90, height: 90 };
    expect(areSame(scene, scene, window, { bits: 0x5a5a5a5an ^ 0xffn })).toBe(true);
    expect(areSame(scene, scene, window, { bits: 0x5a5a5a5an ^ 0x1ffn })).toBe(false);
  });

  it('choose the placement that fits among those that do not', () => {
    const window = { left: 20, top: 6, width: 96, height: 80 };
    const wrong = Array.from({ length: 6 }, (_, n) => landmark(30 + 5 * n, 70 - 3 * n, window, { sigma: 6 + n / 5 }));
    const one = picture(shown(scene), [landmark(60, 48)]);
    const two = picture(shown(scene, window), [...wrong, landmark(60, 48, window), ...wrong]);
    expect(comparePictures(one, two).isSame).toBe(true);
    expect(comparePictures(two, one).isSame).toBe(true);
  });
});

describe('what adjoins a picture', () => {
  it.each([
    ['to the side', 1, 0],
    ['above', 0, 1],
    ['to the other side', -1, 0],
    ['below', 0, -1],
  ])('is the same where it moved by less than a seventh %s, and another picture beyond', (_, x, y) => {
    const by = (share: number): Window => ({ left: x * share * size.width, top: y * share * size.height });
    expect(areSame(scene, scene, by(0.1))).toBe(true);
    expect(areSame(scene, scene, by(0.2))).toBe(false);
  });

  it('or lies within it is the same from two fifths of it on', () => {
    const within = (share: number): Window => {
      const side = Math.sqrt(share);
      return { left: 5, top: 5, width: Math.round(size.width * side), height: Math.round(size.height * side) };
    };
    expect(areSame(scene, scene, within(0.46), { at: [40, 30] })).toBe(true);
    expect(areSame(scene, scene, within(0.34), { at: [40, 30] })).toBe(false);
  });
});

describe('a picture in which something differs', () => {
  const column = (from: number, to: number): readonly [number, number] => [12 * from, 12 * to];
  const row = (from: number, to: number): readonly [number, number] => [12 * from, 12 * to];

  it('is another one from one block of eighty on: somebody has opened his eyes', () => {
    expect(areSame(scene, withBox(scene, { x: column(4, 5), y: row(4, 5) }, scene))).toBe(true);
    expect(areSame(scene, withBox(scene, { x: column(4, 5), y: row(4, 5) }, stranger))).toBe(false);
    expect(areSame(scene, withBox(scene, { x: column(0, 1), y: row(3, 4) }, stranger))).toBe(false);
  });

  it.each([
    ['lower', 73, 96],
    ['upper', 0, 23],
    ['lowest', 85, 96],
    ['uppermost', 0, 11],
  ])('is the same under a caption at its %s edge, a quarter of its height at most', (_, from, to) => {
    const letters: Scene = (x, y) => (Math.sin(x * 1.3) * Math.sin(y * 0.9) > 0.3 ? 250 : 10);
    expect(areSame(scene, withBox(scene, { y: [from, to] }, letters))).toBe(true);
    expect(
      areSame(
        scene,
        withBox(scene, { y: [from, to] }, () => 0),
      ),
    ).toBe(true);
  });

  it.each([
    ['that takes three eighths at the lower edge', 5, 8],
    ['that takes three eighths at the upper edge', 0, 3],
    ['across its middle', 3, 5],
  ])('is another one under a band %s', (_, from, to) => {
    expect(areSame(scene, withBox(scene, { y: row(from, to) }, stranger))).toBe(false);
  });

  it('is another one where both edges differ, for a caption is at one of them', () => {
    const both = withBox(withBox(scene, { y: row(0, 1) }, stranger), { y: row(7, 8) }, stranger);
    expect(areSame(scene, both)).toBe(false);
  });

  it('is the same up to a fifth of what each block shows', () => {
    const blended =
      (share: number): Scene =>
      (x, y) =>
        scene(x, y) + share * (stranger(x, y) - 128);
    expect(areSame(scene, blended(0.25))).toBe(true);
    expect(areSame(scene, blended(0.8))).toBe(false);
  });
});

describe('a picture that shows little', () => {
  const faint = (seed: number) => waves(seed, { contrast: 0.08 });
  const inBlocks = (count: number, shownScene: Scene, background: Scene): Scene =>
    withBox(background, { x: [24, 24 + 12 * count], y: [36, 48] }, shownScene);

  it('is not told by the noise of an encoder in its plain parts', () => {
    const one = inBlocks(6, scene, faint(3));
    expect(areSame(one, inBlocks(6, scene, faint(4)))).toBe(true);
    expect(areSame(one, inBlocks(6, stranger, faint(3)))).toBe(false);
  });

  it('is told from four blocks on that show something', () => {
    expect(areSame(inBlocks(4, scene, faint(3)), inBlocks(4, scene, faint(4)))).toBe(true);
    expect(areSame(inBlocks(3, scene, faint(3)), inBlocks(3, scene, faint(4)))).toBe(false);
    expect(comparePictures(picture(shown(faint(3))), picture(shown(faint(3))))).toEqual({ isSame: false, score: 0 });
  });

  it('of one colour says nothing, and breaks nothing', () => {
    const plain = picture(shown(() => 77));
    expect(comparePictures(plain, plain)).toEqual({ isSame: false, score: 0 });
    expect(comparePictures(plain, picture(shown(scene)))).toEqual({ isSame: false, score: 0 });
    expect(comparePictures(picture(shown(scene)), plain)).toEqual({ isSame: false, score: 0 });
  });
});
