import {
  bucketsOf,
  bucketsToSearch,
  hammingDistance,
  searchDistance,
} from '../../lambdas/clients/near-duplicates/hash-bands.ts';
import { maxRowsPerBucket } from '../../lambdas/clients/near-duplicates/likenesses.ts';
import type { Candidate, Likeness, Lookup } from '../../lambdas/clients/near-duplicates.ts';
import type { AssetKind } from '../../lambdas/contracts/assets.ts';
import {
  type HashSpace,
  hashSpaceSchema,
  type LikenessRecord,
  type Membership,
  type Neighbour,
} from '../../lambdas/contracts/near-duplicates.ts';
import type { NearDuplicateClients } from '../../lambdas/describe/likeness/near-duplicate-search.ts';

interface Row {
  hash: string;
  documentId: string;
}

/** The index's rows in memory: the same buckets and the same bound, without the way to a table. It groups nothing. */
export class MemoryIndex {
  readonly #buckets = new Map<string, Row[]>();
  readonly #likenesses = new Map<string, Likeness[]>();
  readonly #kinds = new Map<string, AssetKind>();
  readonly #thumbnails = new Map<string, Buffer>();
  /** What was confirmed, by the document that was looked at. */
  readonly confirmed = new Map<string, readonly Neighbour[]>();
  /** Assets that a whole one was found to be the same as, by its id. */
  readonly joined = new Map<string, readonly string[]>();
  reads = 0;

  putThumbnail(key: string, bytes: Buffer): void {
    this.#thumbnails.set(key, bytes);
  }

  clients(): NearDuplicateClients {
    const membershipOf = (assetId: string): Membership | undefined => {
      const kind = this.#kinds.get(assetId);
      return kind && { assetId, kind, arrivedAt: new Date(0).toISOString(), bytes: 0, version: 1 };
    };
    return {
      now: () => new Date(),
      derived: {
        readBytes: async ({ key }) => {
          const bytes = this.#thumbnails.get(key);
          if (bytes === undefined) throw new Error(`no thumbnail at ${key}`);
          return bytes;
        },
      },
      ledger: {
        getAssets: async (assetIds) =>
          new Map(assetIds.map((assetId) => [assetId, { status: 'indexed' }])) as unknown as Awaited<
            ReturnType<NearDuplicateClients['ledger']['getAssets']>
          >,
      },
      nearDuplicates: {
        enrol: async ({ assetId, kind }) => void this.#kinds.set(assetId, kind),
        putLikeness: async (likeness) => this.#put(likeness),
        listLikenesses: async (assetId) => (this.#likenesses.get(assetId) ?? []) as LikenessRecord[],
        findCandidates: async (likeness, breadth) => this.#find(likeness, breadth?.isOneOfMany ?? false),
        recordNeighbours: async ({ documentId }, neighbours) => {
          this.confirmed.set(documentId, neighbours);
          return true;
        },
        joinNeighbours: async (assetId, neighbourIds) => {
          this.joined.set(assetId, neighbourIds);
          return undefined;
        },
        getMembership: async (assetId) => membershipOf(assetId),
        getMemberships: async (assetIds) =>
          new Map(
            assetIds.map(membershipOf).flatMap((each) => (each === undefined ? [] : [[each.assetId, each] as const])),
          ),
      },
    };
  }

  /** Takes away what was only looked for, so that the next one does not find it. */
  forget(assetId: string): void {
    this.#kinds.delete(assetId);
    this.#likenesses.delete(assetId);
    for (const [name, rows] of this.#buckets)
      if (rows.some(({ documentId }) => documentId.startsWith(assetId)))
        this.#buckets.set(
          name,
          rows.filter(({ documentId }) => !documentId.startsWith(assetId)),
        );
  }

  #put(likeness: Likeness): void {
    const { assetId, documentId } = likeness;
    this.#likenesses.set(assetId, [...(this.#likenesses.get(assetId) ?? []), likeness]);
    for (const { space, hash } of hashesOf(likeness))
      for (const bucket of bucketsOf(space, hash)) {
        const rows = this.#buckets.get(`${space} ${bucket}`) ?? [];
        if (rows.length < maxRowsPerBucket) this.#buckets.set(`${space} ${bucket}`, [...rows, { hash, documentId }]);
      }
  }

  #find(likeness: Likeness, isOneOfMany: boolean): Lookup {
    const found = new Map<string, Set<string>>();
    let reads = 0;
    for (const { space, hash } of hashesOf(likeness))
      for (const bucket of (isOneOfMany ? bucketsOf : bucketsToSearch)(space, hash)) {
        reads += 1;
        for (const row of this.#buckets.get(`${space} ${bucket}`) ?? []) {
          if (row.documentId.startsWith(likeness.assetId)) continue;
          if (hammingDistance(row.hash, hash) > searchDistance(space)) continue;
          found.set(row.documentId, (found.get(row.documentId) ?? new Set()).add(hash));
        }
      }
    this.reads += reads;
    const candidates = [...found]
      .map(
        ([documentId, hashes]): Candidate => ({
          documentId,
          assetId: documentId.split('.')[0] ?? '',
          hashCount: hashes.size,
        }),
      )
      .sort((a, b) => b.hashCount - a.hashCount);
    return { candidates, reads, crowded: 0 };
  }
}

const hashesOf = ({ hashes }: Likeness): { space: HashSpace; hash: string }[] =>
  hashSpaceSchema.options.flatMap((space) => (hashes[space] ?? []).map((hash) => ({ space, hash })));
