import type { MediaBucket } from '../clients/media-bucket.ts';
import type { AssetKind, S3Object } from '../contracts/assets.ts';
import { RefusedError } from '../runtime/errors.ts';
import { fingerprintPhoto, sha256, sha256OfRanges } from './fingerprint.ts';
import { hiddenCargo } from './hidden-cargo.ts';
import { fingerprintRangeBytes, headBytes, maxBytes, maxSidecarBytes, sizeInWords } from './limits.ts';
import { sniffMediaType } from './media-type.ts';
import { decodeText, storyType } from './plain-text.ts';

/** What the bytes of an original say of themselves. */
export interface Examination {
  assetId: string;
  kind: AssetKind;
  mediaType: string;
  bytes: number;
  /** Of photos: 64 bits in hexadecimal. */
  perceptualHash?: string;
}

async function sizeOf(bucket: MediaBucket, object: S3Object): Promise<number> {
  const facts = await bucket.head(object);
  if (facts === undefined) throw new RefusedError('This file was deleted before it could be read. Send it again.');
  if (facts.bytes === 0) throw new RefusedError('This file has zero bytes. Send it again.');
  return facts.bytes;
}

function checkSize(kind: AssetKind, bytes: number): void {
  if (bytes > maxBytes[kind])
    throw new RefusedError(
      `This ${kind} has ${sizeInWords(bytes)}; at most ${sizeInWords(maxBytes[kind])} are taken. Send a smaller version.`,
    );
}

/**
 * Type, size and fingerprints of an original, by its bytes alone.
 * @throws RefusedError with a sentence for the editor; whatever the store throws.
 */
export async function examine(bucket: MediaBucket, object: S3Object): Promise<Examination> {
  const bytes = await sizeOf(bucket, object);
  const head = await bucket.readRange(object, { start: 0, end: headBytes - 1 });
  const media = await sniffMediaType(head, { isWhole: head.length === bytes });
  if (media === undefined) return examineStory(bucket, object, bytes, head);
  checkSize(media.kind, bytes);
  if (media.kind === 'photo') return examinePhoto(bucket, object, bytes, media.mediaType);
  const readRange = (range: { start: number; end: number }) => bucket.readRange(object, range);
  return { assetId: await sha256OfRanges(readRange, bytes, fingerprintRangeBytes), bytes, ...media };
}

async function examinePhoto(
  bucket: MediaBucket,
  object: S3Object,
  bytes: number,
  mediaType: string,
): Promise<Examination> {
  const content = await bucket.readBytes(object, { maxBytes: maxBytes.photo });
  const cargo = hiddenCargo(content);
  if (cargo !== undefined)
    throw new RefusedError(`This picture carries ${cargo} behind it. Export the picture alone and send that.`);
  const perceptualHash = await fingerprintPhoto(content, mediaType);
  return { assetId: sha256(content), kind: 'photo', mediaType, bytes, perceptualHash };
}

async function examineStory(bucket: MediaBucket, object: S3Object, bytes: number, head: Buffer): Promise<Examination> {
  // The beginning already tells playlists and foreign documents, however large they are.
  const beginning = decodeText(head, { isCutOff: head.length < bytes });
  if (beginning !== undefined) storyType(beginning, { isWhole: false });
  checkSize('story', bytes);
  const content = await bucket.readBytes(object, { maxBytes: maxBytes.story });
  return { assetId: sha256(content), kind: 'story', mediaType: storyType(textOf(content), { isWhole: true }), bytes };
}

function textOf(content: Buffer): string {
  const text = decodeText(content, { isCutOff: false });
  if (text === undefined)
    throw new RefusedError(
      'This text is not valid UTF-8 or holds control characters. Save it as UTF-8 and send it again.',
    );
  return text;
}

/**
 * A sidecar's size and form; whether its ninjs keeps the schema is judged where it is read.
 * @returns its size in bytes.
 * @throws RefusedError
 */
export async function examineSidecar(bucket: MediaBucket, object: S3Object, isJson: boolean): Promise<number> {
  const bytes = await sizeOf(bucket, object);
  if (bytes > maxSidecarBytes)
    throw new RefusedError(
      `This sidecar has ${sizeInWords(bytes)}; at most ${sizeInWords(maxSidecarBytes)} are taken.`,
    );
  const text = textOf(await bucket.readBytes(object, { maxBytes: maxSidecarBytes }));
  if (isJson) checkJsonObject(text);
  return bytes;
}

function checkJsonObject(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new RefusedError(`This sidecar is not valid JSON: ${(error as Error).message}. Export it again.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RefusedError('This sidecar is JSON but no ninjs item. Export the item itself.');
}
