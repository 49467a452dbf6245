import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** One version of one object, or the mark of a deletion. */
export interface ObjectVersion {
  key: string;
  versionId: string;
  bytes: number;
  etag?: string | undefined;
  lastModified: Date;
  isDeleteMarker: boolean;
}
/** Where a listing goes on. */
export interface VersionPlace {
  KeyMarker?: string | undefined;
  VersionIdMarker?: string | undefined;
}

/** The store kept objects that it was told to delete. */
export class DeletionRefusedError extends Error {
  override readonly name = 'DeletionRefusedError';
}

/** S3's own limit. */
const maxKeysPerDeletion = 1000;

/** Lists and deletes versions of a bucket's objects, for those who must leave nothing behind. */
export class ObjectVersions {
  readonly bucketName: string;
  readonly #client: S3Client;

  constructor({ client, bucketName }: { client: S3Client; bucketName: string }) {
    this.bucketName = bucketName;
    this.#client = client;
  }

  /** Every version below a prefix, page after page; an unversioned bucket has one version `null` of each object. */
  async *below(prefix: string): AsyncGenerator<ObjectVersion[]> {
    let place: VersionPlace | undefined = {};
    while (place !== undefined) {
      const { versions, next }: { versions: ObjectVersion[]; next?: VersionPlace } = await this.page(prefix, place);
      if (versions.length > 0) yield versions;
      place = next;
    }
  }

  /** A thousand versions below a prefix, and where the next ones begin; no `next` at the end. */
  async page(prefix: string, place: VersionPlace = {}): Promise<{ versions: ObjectVersion[]; next?: VersionPlace }> {
    const answer = await this.#client.send(
      new ListObjectVersionsCommand({ Bucket: this.bucketName, Prefix: prefix, ...place }),
    );
    return {
      versions: versionsIn(answer),
      ...(answer.IsTruncated === true
        ? { next: { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker } }
        : {}),
    };
  }

  /** A thousand folders directly below a prefix, each with its closing slash; no `next` at the end. */
  async folders(prefix: string, token?: string): Promise<{ folders: string[]; next?: string | undefined }> {
    const { CommonPrefixes = [], NextContinuationToken } = await this.#client.send(
      new ListObjectsV2Command({
        Bucket: this.bucketName,
        Prefix: prefix,
        Delimiter: '/',
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    return { folders: CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []), next: NextContinuationToken };
  }

  /** Every version of one object. */
  async of(key: string): Promise<ObjectVersion[]> {
    const found: ObjectVersion[] = [];
    for await (const page of this.below(key)) {
      found.push(...page.filter((version) => version.key === key));
      // Keys come in their order: what follows only begins with this one.
      if (page.at(-1)?.key !== key) break;
    }
    return found;
  }

  /**
   * Deletes versions for good; what is already gone counts as deleted.
   * @returns how many were asked for. @throws DeletionRefusedError
   */
  async delete(versions: readonly Pick<ObjectVersion, 'key' | 'versionId'>[]): Promise<number> {
    for (let start = 0; start < versions.length; start += maxKeysPerDeletion) {
      const Objects = versions
        .slice(start, start + maxKeysPerDeletion)
        .map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
      const { Errors = [] } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.bucketName, Delete: { Objects, Quiet: true } }),
      );
      const [refused] = Errors.filter(({ Code }) => Code !== 'NoSuchKey' && Code !== 'NoSuchVersion');
      if (refused !== undefined)
        throw new DeletionRefusedError(`${this.bucketName} keeps an object: ${refused.Code}: ${refused.Message}`);
    }
    return versions.length;
  }
}

function versionsIn({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): ObjectVersion[] {
  return [
    ...Versions.map(({ Key = '', VersionId = 'null', Size = 0, ETag, LastModified = new Date(0) }) => ({
      key: Key,
      versionId: VersionId,
      bytes: Size,
      etag: ETag,
      lastModified: LastModified,
      isDeleteMarker: false,
    })),
    ...DeleteMarkers.map(({ Key = '', VersionId = 'null', LastModified = new Date(0) }) => ({
      key: Key,
      versionId: VersionId,
      bytes: 0,
      lastModified: LastModified,
      isDeleteMarker: true,
    })),
  ].sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
}
