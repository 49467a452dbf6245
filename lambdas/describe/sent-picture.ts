import sharp from 'sharp';
import type { SentPicture } from '../clients/captions/captioner.ts';
import { sentSize } from '../clients/captions/image-tokens.ts';
import type { CaptionSettings } from '../contracts/captions.ts';

/** Limit of what is decoded in memory; a larger picture is refused when it is admitted. */
const maxPixels = 100_000_000;
/** Artefacts of stronger compression begin to cost detail; weaker costs bytes, which nobody bills. */
const quality = 80;

/** A picture upright, small, without metadata and transparency: what an external service gets to see. */
export async function toSentPicture(picture: Buffer, image: CaptionSettings['image']): Promise<SentPicture> {
  const decoded = sharp(picture, { limitInputPixels: maxPixels });
  const { autoOrient } = await decoded.metadata();
  const size = sentSize(autoOrient, image);
  const jpeg = await decoded
    .autoOrient()
    .resize(size.width, size.height, { fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality })
    .toBuffer();
  return { jpeg, ...size };
}
