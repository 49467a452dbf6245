import { createHash } from 'node:crypto';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fingerprintPhoto, sha256OfRanges } from '../../../lambdas/admit/fingerprint.ts';

const readerOf = (bytes: Uint8Array) => async (range: { start: number; end: number }) =>
  bytes.subarray(range.start, range.end + 1);

describe('SHA-256 over ranges', () => {
  it('equals the digest of the whole, whatever the size of a range', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 64 }),
        async (bytes, rangeBytes) => {
          const whole = createHash('sha256').update(bytes).digest('hex');
          expect(await sha256OfRanges(readerOf(bytes), bytes.length, rangeBytes)).toBe(whole);
        },
      ),
    );
  });

  it('does not take a shorter object for the whole', async () => {
    await expect(sha256OfRanges(readerOf(Buffer.alloc(10)), 20, 8)).rejects.toHaveProperty('name', 'ShortReadError');
  });

  it('passes on what the store throws, also for the range that is read ahead', async () => {
    const readRange = async ({ start }: { start: number }) => {
      if (start > 0) throw new Error('reset');
      return Buffer.alloc(8);
    };
    await expect(sha256OfRanges(readRange, 16, 8)).rejects.toThrow('reset');
  });
});

describe('the fingerprint of a photo', () => {
  const noise = () =>
    sharp({
      create: {
        width: 320,
        height: 240,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    });

  it('is 64 bits, and close for a smaller copy', async () => {
    const original = await sharp(await noise().blur(12).png().toBuffer())
      .normalise()
      .png()
      .toBuffer();
    const copy = await sharp(original).resize(160).jpeg({ quality: 60 }).toBuffer();
    const [a, b] = [await fingerprintPhoto(original, 'image/png'), await fingerprintPhoto(copy, 'image/jpeg')];
    expect(a).toMatch(/^[0-9a-f]{16}$/);
    const bits = (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll('0', '').length;
    expect(bits).toBeLessThanOrEqual(12);
  });

  it('is refused where the file is cut off', async () => {
    const bytes = await noise().jpeg({ quality: 95 }).toBuffer();
    await expect(fingerprintPhoto(bytes.subarray(0, bytes.length / 2), 'image/jpeg')).rejects.toMatchObject({
      name: 'RefusedError',
      message: expect.stringMatching(/cut off/),
    });
  });

  it('is refused for 100,000 x 100,000 pixels without decoding them', async () => {
    const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await expect(fingerprintPhoto(png, 'image/png')).rejects.toMatchObject({
      name: 'RefusedError',
      message: expect.stringMatching(/100,000 x 100,000 pixels.*100 megapixels/),
    });
  });

  it('is refused for a HEIC that cannot be decoded, naming what to send', async () => {
    const header = Buffer.from('000000186674797068656963000000006d69663168656963', 'hex');
    await expect(fingerprintPhoto(header, 'image/heic')).rejects.toThrow(/JPEG or TIFF/);
  });
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
