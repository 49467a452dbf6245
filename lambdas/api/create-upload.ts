import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { MediaBucket } from '../clients/media-bucket.ts';
import {
  type CreateUploadRequest,
  createUploadRequestSchema,
  type createUploadResponseSchema,
} from '../contracts/api.ts';
import { incomingPrefix, parseIncomingKey } from '../contracts/keys.ts';
import { Problem, parseRequest } from '../runtime/problems.ts';

/** Long enough for 5 GiB over a slow line: S3 looks at the time when the request begins. */
const uploadUrlSeconds = 3600;
/** S3 takes keys of at most 1,024 bytes; the folders before the name take some 130 of them. */
const maxFileNameBytes = 800;
const unknownType = 'application/octet-stream';

/**
 * A file's own name as the last part of a key: accents, spaces and plus signs stay; folders, control characters and
 * marks that turn the direction of writing (so that "gpj.exe" reads "exe.jpg") go.
 * @throws Problem 400 where nothing is left of it.
 */
export function safeFileName(fileName: string): string {
  const name = (fileName.toWellFormed().split(/[/\\]/).at(-1) ?? '')
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/gu, '')
    .trim();
  if (name === '' || name === '.' || name === '..')
    throw new Problem(400, 'InvalidRequest', 'This file has no name that can be kept. Rename it and send it again.');
  if (Buffer.byteLength(name) > maxFileNameBytes)
    throw new Problem(400, 'InvalidRequest', 'This file’s name is too long. Shorten it and send it again.');
  return name;
}

/** `incoming/<desk>/<yyyy>/<mm>/<dd>/<batch>/<file>`: files of one batch share a folder and so find their sidecars. */
export function uploadKey({ desk, fileName, batch = randomUUID() }: CreateUploadRequest, now: Date): string {
  const [year, month, day] = now.toISOString().slice(0, 10).split('-');
  const key = `${incomingPrefix}${desk}/${year}/${month}/${day}/${batch}/${safeFileName(fileName)}`;
  if (parseIncomingKey(key) === undefined)
    throw new Problem(400, 'InvalidRequest', 'This file’s name cannot be kept. Rename it and send it again.');
  return key;
}

/**
 * The type the browser names, where no browser would take it for a page or a script; what the file really is, only its
 * bytes tell.
 */
const harmlessType = /^(image\/(jpeg|png|webp|tiff|heic|heif|avif)|video\/[a-z0-9.+-]+|text\/plain)$/;
const signedType = (contentType: string | undefined): string =>
  contentType !== undefined && harmlessType.test(contentType) ? contentType : unknownType;

/** POST /uploads: a place and a signature for one file of exactly this size and type. */
export async function createUpload(
  originals: MediaBucket,
  body: unknown,
  now = new Date(),
): Promise<z.infer<typeof createUploadResponseSchema>> {
  const request = parseRequest(createUploadRequestSchema, body);
  const key = uploadKey(request, now);
  const contentType = signedType(request.contentType);
  return {
    key,
    url: await originals.presignPut(key, uploadUrlSeconds, { contentType, bytes: request.bytes }),
    headers: { 'content-type': contentType },
    expiresAt: new Date(now.getTime() + uploadUrlSeconds * 1000).toISOString(),
  };
}
