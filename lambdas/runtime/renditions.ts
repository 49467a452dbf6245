import sharp, { type Sharp } from 'sharp';
import perceptualHashModule from 'sharp-phash';

// The package is CommonJS whose module is the function itself; its types speak of a default export.
const perceptualHashBits = perceptualHashModule as unknown as (picture: Buffer) => Promise<string>;

/** Longest side in pixels and quality of the pictures that are derived for people to look at. */
export const renditions = {
  /** Beside a hit. */
  thumbnail: { maxPixels: 320, quality: 78 },
  /** A photo large on the page. */
  preview: { maxPixels: 1600, quality: 82 },
  /** A shot's picture, also what a caption model sees. */
  keyframe: { maxPixels: 1280, quality: 84 },
} as const;
export type Rendition = keyof typeof renditions;

const fitted = (image: Sharp, rendition: Rendition): Sharp => {
  const { maxPixels } = renditions[rendition];
  return image.clone().resize(maxPixels, maxPixels, { fit: 'inside', withoutEnlargement: true });
};

/** A WebP no larger than the rendition; sharp drops all metadata of the source. */
export const toWebp = (image: Sharp, rendition: Rendition): Promise<Buffer> =>
  fitted(image, rendition).webp({ quality: renditions[rendition].quality }).toBuffer();

/** A JPEG no larger than the rendition, transparency on white. */
export const toJpeg = (image: Sharp, rendition: Rendition): Promise<Buffer> =>
  fitted(image, rendition)
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: renditions[rendition].quality })
    .toBuffer();

/** 64 bits of a DCT hash as 16 hexadecimal digits: pictures that look alike differ in few bits. */
export async function perceptualHash(picture: Buffer): Promise<string> {
  const bits = await perceptualHashBits(picture);
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
}

/** A picture from raw RGB bytes, three a pixel. */
export const fromRgb = (bytes: Buffer, width: number, height: number): Sharp =>
  sharp(bytes, { raw: { width, height, channels: 3 } });
