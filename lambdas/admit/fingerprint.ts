import { createHash } from 'node:crypto';
import sharp from 'sharp';
import perceptualHashModule from 'sharp-phash';
import { RefusedError } from '../runtime/errors.ts';
import { maxPixels } from './limits.ts';

// The package exports the function itself, though its types speak of a default export.
const perceptualHash = perceptualHashModule as unknown as typeof perceptualHashModule.default;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes that came are not as many as the store said. */
export class ShortReadError extends Error {
  override readonly name = 'ShortReadError';
}

/**
 * SHA-256 over an object of any size in bounded memory: the next range is on its way while one is digested.
 * @param readRange answers with bytes `start` to `end`, both inclusive.
 * @throws ShortReadError
 */
export async function sha256OfRanges(
  readRange: (range: { start: number; end: number }) => Promise<Uint8Array>,
  totalBytes: number,
  rangeBytes: number,
): Promise<string> {
  const digest = createHash('sha256');
  const read = (start: number) => readRange({ start, end: Math.min(start + rangeBytes, totalBytes) - 1 });
  let digested = 0;
  let coming = totalBytes > 0 ? read(0) : undefined;
  while (coming !== undefined) {
    const bytes = await coming;
    const next = digested + bytes.length;
    if (bytes.length !== Math.min(rangeBytes, totalBytes - digested))
      throw new ShortReadError(`${next} of ${totalBytes} bytes came`);
    coming = next < totalBytes ? read(next) : undefined;
    // Awaited in the next round; without this a failure in the meantime would count as nobody's.
    coming?.catch(() => undefined);
    digest.update(bytes);
    digested = next;
  }
  return digest.digest('hex');
}

/**
 * Proves that a photo decodes from end to end and gives its perceptual hash, 64 bits in hexadecimal.
 * @throws RefusedError where it is too large, broken, or in a format this build of libvips cannot decode.
 */
export async function fingerprintPhoto(bytes: Buffer, mediaType: string): Promise<string> {
  const size = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: Error) => {
      throw unreadable(mediaType, error);
    });
  if (size.width * size.height > maxPixels)
    throw new RefusedError(
      `This picture has ${inWords(size.width)} x ${inWords(size.height)} pixels; at most ${inWords(maxPixels / 1e6)} megapixels are taken. Send a smaller version.`,
    );
  try {
    const bits = await perceptualHash(bytes, { limitInputPixels: maxPixels, failOn: 'truncated' });
    return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
  } catch (error) {
    throw unreadable(mediaType, error as Error);
  }
}

const inWords = (count: number): string => count.toLocaleString('en-US');

function unreadable(mediaType: string, error: Error): RefusedError {
  const isHighEfficiency = mediaType === 'image/heic' || mediaType === 'image/avif';
  const reason = isHighEfficiency
    ? 'This HEIC picture cannot be decoded here. Send it as JPEG or TIFF.'
    : 'This picture is damaged or cut off and cannot be decoded. Send the complete file again.';
  return new RefusedError(reason, { cause: error });
}
