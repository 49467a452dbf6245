import { fileTypeFromBuffer } from 'file-type';
import type { AssetKind } from '../contracts/assets.ts';
import { RefusedError } from '../runtime/errors.ts';
import { decodeText } from './plain-text.ts';

export interface MediaType {
  kind: Exclude<AssetKind, 'story'>;
  mediaType: string;
}

const photoTypes: Readonly<Record<string, string>> = {
  'image/jpeg': 'image/jpeg',
  'image/png': 'image/png',
  'image/apng': 'image/png',
  'image/webp': 'image/webp',
  'image/tiff': 'image/tiff',
  'image/heic': 'image/heic',
  'image/heif': 'image/heic',
  'image/avif': 'image/avif',
};
const videoTypes: Readonly<Record<string, string>> = {
  'video/mp4': 'video/mp4',
  'video/x-m4v': 'video/mp4',
  'video/3gpp': 'video/mp4',
  'video/3gpp2': 'video/mp4',
  'video/quicktime': 'video/quicktime',
  'video/matroska': 'video/matroska',
  'video/webm': 'video/webm',
  'application/mxf': 'application/mxf',
};

const acceptedTypes =
  'Wirescope takes photos (JPEG, PNG, WebP, TIFF, HEIC), video (MP4, MOV, MXF, MKV, WebM, TS) and stories (ninjs JSON, HTML, plain text)';

/**
 * A photo's or video's type by the bytes it begins with; its name is never asked. A polyglot is what it begins with
 * and nothing else: that type is what decodes it, and its original is only ever served as a download.
 * @param head the first bytes, `headBytes` of them where there are so many.
 * @param isWhole whether `head` is all there is.
 * @returns undefined where the bytes are text, whose kind only the whole text tells.
 * @throws RefusedError for every other type, with a sentence for the editor.
 */
export async function sniffMediaType(
  head: Uint8Array,
  { isWhole }: { isWhole: boolean },
): Promise<MediaType | undefined> {
  if (head.length === 0) throw new RefusedError('This file has zero bytes. Send it again.');
  // First of all, because two letters ("BM", "MZ") make a signature and also begin a headline.
  if (decodeText(head, { isCutOff: !isWhole }) !== undefined) return undefined;
  if (isMaterialExchange(head)) return { kind: 'video', mediaType: 'application/mxf' };
  if (isTransportStream(head)) return { kind: 'video', mediaType: 'video/mp2t' };
  const detected = await fileTypeFromBuffer(head);
  const photo = detected === undefined ? photoByMagic(head) : photoTypes[detected.mime];
  if (photo !== undefined) return { kind: 'photo', mediaType: photo };
  const video = videoTypes[detected?.mime ?? ''];
  if (video !== undefined) return { kind: 'video', mediaType: video };
  throw new RefusedError(
    detected === undefined
      ? `This file is of no known type, or is damaged at its beginning. ${acceptedTypes}.`
      : `This file is ${detected.ext.toUpperCase()} (${detected.mime}). ${acceptedTypes}.`,
  );
}

/**
 * Types whose detection reads on to a directory or chunk that may lie behind the head: TIFF and BigTIFF in both byte
 * orders, PNG.
 */
const photoMagics: readonly (readonly [magic: string, mediaType: string])[] = [
  ['49492a00', 'image/tiff'],
  ['4d4d002a', 'image/tiff'],
  ['49492b00', 'image/tiff'],
  ['4d4d002b', 'image/tiff'],
  ['89504e470d0a1a0a', 'image/png'],
];
const photoByMagic = (head: Uint8Array): string | undefined => {
  const beginning = Buffer.from(head.subarray(0, 8)).toString('hex');
  return photoMagics.find(([magic]) => beginning.startsWith(magic))?.[1];
};

/** SMPTE ST 377-1: a header partition pack's key, after a run-in of less than 64 KiB. */
const partitionPackKey = Buffer.from('060e2b34020501010d0102010102', 'hex');
const maxRunInBytes = 64 * 1024;

function isMaterialExchange(head: Uint8Array): boolean {
  const at = Buffer.from(head.buffer, head.byteOffset, head.length).indexOf(partitionPackKey);
  return at >= 0 && at < maxRunInBytes;
}

/** ISO/IEC 13818-1: every packet begins with the sync byte; 192 is with Blu-ray's timestamps, 204 with DVB's parity. */
const syncByte = 0x47;
const packetBytes = [188, 192, 204];
const minPackets = 4;

function isTransportStream(head: Uint8Array): boolean {
  return packetBytes.some((stride) => {
    const first = stride === 192 ? 4 : 0;
    return Array.from({ length: minPackets }, (_, packet) => head[first + packet * stride]).every(
      (byte) => byte === syncByte,
    );
  });
}
