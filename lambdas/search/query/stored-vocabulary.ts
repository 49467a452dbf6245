import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { z } from 'zod';
import { type MediaBucket, ObjectMissingError } from '../../clients/media-bucket.ts';

export type VocabularyBucket = Pick<MediaBucket, 'readBytes' | 'putBytes'>;

/** Far above what the limits of the file leave. */
const maxStoredBytes = 64 * 1024 * 1024;
const maxJsonBytes = 256 * 1024 * 1024;

/** @returns undefined where there is none yet. @throws where it is no gzip of JSON that the schema passes */
export async function readStored<Schema extends z.ZodType>(
  bucket: VocabularyBucket,
  key: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    const bytes = await bucket.readBytes({ key }, { maxBytes: maxStoredBytes });
    const json = await promisify(gunzip)(bytes, { maxOutputLength: maxJsonBytes });
    return schema.parse(JSON.parse(json.toString('utf8')));
  } catch (error) {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  }
}

export async function writeStored<Schema extends z.ZodType>(
  bucket: VocabularyBucket,
  key: string,
  schema: Schema,
  value: z.input<Schema>,
): Promise<void> {
  const bytes = await promisify(gzip)(JSON.stringify(schema.parse(value)));
  await bucket.putBytes(key, bytes, { contentType: 'application/gzip' });
}
