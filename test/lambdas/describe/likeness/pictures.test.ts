import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contentOf, type GreyPicture, readGrey } from '../../../../lambdas/describe/likeness/grey-picture.ts';
import { comparePictures } from '../../../../lambdas/describe/likeness/picture-comparison.ts';
import { isPlain, lookAt } from '../../../../lambdas/describe/likeness/picture-look.ts';

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
