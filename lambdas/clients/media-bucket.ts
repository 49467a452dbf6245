import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline, Readable, Transform } from 'node:stream';
import { pipeline as pipelineDone } from 'node:stream/promises';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { z } from 'zod';
import { RetryableError } from '../runtime/errors.ts';
import { isPassingFault } from './passing-faults.ts';

/** An object of this bucket; `bucket`, where given, must be this one. */
export interface ObjectReference {
  bucket?: string | undefined;
  key: string;
  versionId?: string | undefined;
}
export interface ObjectFacts {
  bytes: number;
  contentType?: string;
  etag?: string;
  versionId?: string;
  lastModified?: Date;
}
export interface WriteOptions {
  contentType: string;
}

/** The object is not there, or not in the version asked for. */
export class ObjectMissingError extends Error {
  override readonly name = 'ObjectMissingError';
}
/** The object has more bytes than the reader said it would take. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';
}
/** A reference names another bucket than the one this client may use: a fault of the wiring. */
export class WrongBucketError extends Error {
  override readonly name = 'WrongBucketError';
}

/** Largest JSON that a step reads whole: a two-hour video's documents with their vectors stay well below it. */
const maxJsonBytes = 256 * 1024 * 1024;
/** S3 takes 10,000 parts of at least 5 MiB. */
const streamPartBytes = 8 * 1024 * 1024;
/** A presigned URL lives seven days at most: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html */
const maxPresignSeconds = 7 * 24 * 3600;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(error.name);

/**
 * Awaits one use of the bucket, to its last byte.
 * @throws RetryableError MediaBucketUnavailableError where it failed by what passes by itself.
 */
async function reach<Result>(use: Promise<Result>): Promise<Result> {
  try {
    return await use;
  } catch (error) {
    if (!isPassingFault(error)) throw error;
    throw new RetryableError('MediaBucketUnavailableError', `the bucket does not answer: ${error.message}`, {
      cause: error,
    });
  }
}

/** https://www.rfc-editor.org/rfc/rfc8187#section-3.2.1 */
const encodeRfc8187 = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * Reads and writes one S3 bucket. Create its S3 client with `forcePathStyle: true`. Whatever reads or writes may throw
 * RetryableError MediaBucketUnavailableError.
 */
export class MediaBucket {
  readonly bucketName: string;
  readonly #client: S3Client;

  constructor({ client, bucketName }: { client: S3Client; bucketName: string }) {
    this.#client = client;
    this.bucketName = bucketName;
  }

  /**
   * The whole object in memory, counted while it arrives so that a lying length cannot fill the memory.
   * @throws ObjectMissingError, ObjectTooLargeError
   */
  async readBytes(object: ObjectReference, { maxBytes }: { maxBytes: number }): Promise<Buffer> {
    return reach(this.#open(object, { maxBytes }).then(bytesOf));
  }

  /**
   * Bytes `start` to `end`, both inclusive; fewer where the object ends before, none where it is empty.
   * @throws ObjectMissingError
   */
  async readRange(object: ObjectReference, { start, end }: { start: number; end: number }): Promise<Buffer> {
    try {
      const range = `bytes=${start}-${end}`;
      return await reach(this.#open(object, { maxBytes: end - start + 1, range }).then(bytesOf));
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidRange') return Buffer.alloc(0);
      throw error;
    }
  }

  /**
   * A JSON object, parsed by its schema.
   * @throws ObjectMissingError, ObjectTooLargeError, SyntaxError or ZodError where the content does not fit.
   */
  async readJson<Schema extends z.ZodType>(
    key: string,
    schema: Schema,
    { maxBytes = maxJsonBytes }: { maxBytes?: number } = {},
  ): Promise<z.infer<Schema>> {
    return schema.parse(JSON.parse((await this.readBytes({ key }, { maxBytes })).toString('utf8')));
  }

  /** As `readJson`, but undefined where the object is not there. */
  async findJson<Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.infer<Schema> | undefined> {
    try {
      return await this.readJson(key, schema);
    } catch (error) {
      if (error instanceof ObjectMissingError) return undefined;
      throw error;
    }
  }

  /**
   * Streams the object into a new file readable by its owner only.
   * @returns the number of bytes written.
   * @throws ObjectMissingError, ObjectTooLargeError, and EEXIST where the file is already there.
   */
  async download(object: ObjectReference, path: string, { maxBytes }: { maxBytes: number }): Promise<number> {
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    await reach(this.#open(object, { maxBytes }).then((body) => pipelineDone(body, file)));
    return file.bytesWritten;
  }

  async putBytes(key: string, bytes: Uint8Array, { contentType }: WriteOptions): Promise<void> {
    await reach(
      this.#client.send(
        new PutObjectCommand({ Bucket: this.bucketName, Key: key, Body: bytes, ContentType: contentType }),
      ),
    );
  }

  /**
   * Writes an object unless one lies under its key already: a repeated request whose first answer was lost makes no
   * second version, and so no second arrival.
   * @returns false where one does.
   */
  async putBytesOnce(key: string, bytes: Uint8Array, { contentType }: WriteOptions): Promise<boolean> {
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.bucketName,
          Key: key,
          Body: bytes,
          ContentType: contentType,
          IfNoneMatch: '*',
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'PreconditionFailed') return false;
      throw error;
    }
  }

  /** Writes a value as JSON after its schema has passed it, so that no reader meets what it cannot parse. */
  async putJson<Schema extends z.ZodType>(key: string, schema: Schema, value: z.input<Schema>): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(schema.parse(value)));
    await this.putBytes(key, bytes, { contentType: 'application/json' });
  }

  /** Streams a file into the bucket, in parts where it is large. */
  async putFile(key: string, path: string, { contentType }: WriteOptions): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.bucketName, Key: key, Body: createReadStream(path), ContentType: contentType },
    });
    await reach(upload.done());
  }

  /**
   * Writes what comes, in parts, holding a few of them; where it breaks off nothing is left in the bucket.
   * @param content bytes of any length, in pieces of any size
   */
  async putStream(key: string, content: AsyncIterable<Uint8Array>, { contentType }: WriteOptions): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.bucketName, Key: key, Body: Readable.from(content), ContentType: contentType },
      queueSize: 2,
      partSize: streamPartBytes,
    });
    await reach(upload.done());
  }

  /** @returns undefined where the object is not there. */
  async head(object: ObjectReference): Promise<ObjectFacts | undefined> {
    try {
      const answer = await reach(this.#client.send(new HeadObjectCommand(this.#address(object))));
      return {
        bytes: answer.ContentLength ?? 0,
        ...(answer.ContentType === undefined ? {} : { contentType: answer.ContentType }),
        ...(answer.ETag === undefined ? {} : { etag: answer.ETag }),
        ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
        ...(answer.LastModified === undefined ? {} : { lastModified: answer.LastModified }),
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** A URL that reads the object for so many seconds, a week at most. */
  async presignGet(key: string, seconds: number): Promise<string> {
    return getSignedUrl(this.#client, new GetObjectCommand({ Bucket: this.bucketName, Key: key }), {
      expiresIn: Math.min(seconds, maxPresignSeconds),
    });
  }

  /**
   * A URL that saves the object under a name of the caller's, as a type of the caller's choosing: a browser never opens
   * what somebody uploaded as a page of this origin.
   */
  async presignDownload(
    object: ObjectReference,
    seconds: number,
    { fileName, contentType }: { fileName: string; contentType: string },
  ): Promise<string> {
    const command = new GetObjectCommand({
      ...this.#address(object),
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeRfc8187(fileName)}`,
      ResponseContentType: contentType,
    });
    return getSignedUrl(this.#client, command, { expiresIn: Math.min(seconds, maxPresignSeconds) });
  }

  /** A URL that takes one PUT of exactly this type and, where given, exactly this many bytes. */
  async presignPut(
    key: string,
    seconds: number,
    { contentType, bytes }: WriteOptions & { bytes?: number },
  ): Promise<string> {
    const command = new PutObjectCommand({
      Bucket: this.bucketName,
      Key: key,
      ContentType: contentType,
      ...(bytes === undefined ? {} : { ContentLength: bytes }),
    });
    return getSignedUrl(this.#client, command, {
      expiresIn: Math.min(seconds, maxPresignSeconds),
      signableHeaders: new Set(['content-type', ...(bytes === undefined ? [] : ['content-length'])]),
    });
  }

  async #open(object: ObjectReference, { maxBytes, range }: { maxBytes: number; range?: string }): Promise<Readable> {
    const address = this.#address(object);
    try {
      const answer = await this.#client.send(
        new GetObjectCommand(range === undefined ? address : { ...address, Range: range }),
      );
      const body = answer.Body as Readable | undefined;
      if (body === undefined) throw new ObjectMissingError(`${object.key} came without a body`);
      const tooLarge = () => new ObjectTooLargeError(`${object.key} has more than the ${maxBytes} bytes allowed`);
      if ((answer.ContentLength ?? 0) > maxBytes) {
        body.destroy();
        throw tooLarge();
      }
      let seen = 0;
      const counted = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          seen += chunk.length;
          if (seen > maxBytes) done(tooLarge());
          else done(null, chunk);
        },
      });
      // Errors travel through `counted` to whoever reads it; a reader who stops early closes the connection.
      return pipeline(body, counted, () => {}) as Readable;
    } catch (error) {
      if (isMissing(error))
        throw new ObjectMissingError(`${object.key} is not in ${this.bucketName}`, { cause: error });
      throw error;
    }
  }

  #address(object: ObjectReference): { Bucket: string; Key: string; VersionId?: string } {
    if (object.bucket !== undefined && object.bucket !== this.bucketName)
      throw new WrongBucketError(`${object.key} is in ${object.bucket}, but this client reads ${this.bucketName}`);
    return {
      Bucket: this.bucketName,
      Key: object.key,
      ...(object.versionId === undefined ? {} : { VersionId: object.versionId }),
    };
  }
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
