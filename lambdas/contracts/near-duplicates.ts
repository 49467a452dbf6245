import { z } from 'zod';
import { assetIdSchema, assetKindSchema } from './assets.ts';

/**
 * What near-duplicates are found and grouped by, in rows of the ledger's table. The table's sparse index `byGroup`
 * (`groupId`, `arrivedAt`) lists the members of a group.
 *
 * Three kinds of hashes, never compared with one another:
 * - `picture`: the perceptual hash of a whole photo or keyframe;
 * - `detail`: hashes of what surrounds the landmarks of a photo, which outlive crops, borders and captions;
 * - `story`: a few lowest of a story's MinHash values each, taken together.
 */
export const hashSpaceSchema = z.enum(['picture', 'detail', 'story']);
export type HashSpace = z.infer<typeof hashSpaceSchema>;

/** 64 bits as 16 hexadecimal digits. */
export const hashSchema = z.string().regex(/^[0-9a-f]{16}$/);

export const nearDuplicateKeys = {
  /** One band of one hash of one document. The hash comes first in the sort key, so that equal hashes lie together. */
  band: (space: HashSpace, bucket: string, hash: string, documentId: string) => ({
    pk: `LIKE#${space}#${bucket}`,
    sk: `${hash}#${documentId}`,
  }),
  bucket: (space: HashSpace, bucket: string) => `LIKE#${space}#${bucket}`,
  likeness: (assetId: string, documentId: string) => ({ pk: `ASSET#${assetId}`, sk: `LIKENESS#${documentId}` }),
  likenessPrefix: 'LIKENESS#',
  membership: (assetId: string) => ({ pk: `ASSET#${assetId}`, sk: 'GROUP' }),
} as const;

/** Another asset's photo, keyframe or story that a second look has found to be the same. */
export const neighbourSchema = z.object({
  assetId: assetIdSchema,
  documentId: z.string(),
  /** How much of it agrees, in [0, 1]. */
  score: z.number().min(0).max(1),
});
export type Neighbour = z.infer<typeof neighbourSchema>;

/** One photo, keyframe or story by what it is found by, and what was found when it was last looked at. */
export const likenessRecordSchema = z.object({
  documentId: z.string(),
  assetId: assetIdSchema,
  hashes: z.partialRecord(hashSpaceSchema, z.array(hashSchema)),
  /** Where in its video a keyframe lies, and how long that and its own shot are; older rows do not say the latter. */
  video: z
    .object({
      seconds: z.number().nonnegative(),
      durationSeconds: z.number().nonnegative(),
      shotSeconds: z.number().nonnegative().optional(),
    })
    .optional(),
  /** Of a story: how many different runs of words it has, and the lowest of their hashes, ascending. */
  sketch: z.object({ shingleCount: z.number().int().nonnegative(), lowest: z.array(z.number().int()) }).optional(),
  neighbours: z.array(neighbourSchema),
  updatedAt: z.iso.datetime({ offset: true }),
});
export type LikenessRecord = z.infer<typeof likenessRecordSchema>;

/**
 * An asset's place among near-duplicates: one item, so that each change of it is one conditional write.
 * Where `decidedBy` is there an editor has decided, and nothing but an editor moves the asset from where it is.
 */
export const membershipSchema = z.object({
  assetId: assetIdSchema,
  kind: assetKindSchema,
  /** Begins with the id of the asset that the others of the group were compared with. Absent where it stands alone. */
  groupId: z.string().optional(),
  /** When the asset was admitted. */
  arrivedAt: z.iso.datetime({ offset: true }),
  /** Bytes of the original: of near-duplicates the largest file is the least reduced. */
  bytes: z.number().int().nonnegative(),
  /** Counts the changes, so that of two at once one goes through. */
  version: z.number().int().positive(),
  decidedBy: z.string().optional(),
});
export type Membership = z.infer<typeof membershipSchema>;

/** The asset of a group that stands for it: the largest file, of equal ones the first that came. */
export function representativeOf<Member extends Pick<Membership, 'assetId' | 'arrivedAt' | 'bytes'>>(
  members: readonly [Member, ...Member[]],
): Member {
  return members.reduce((best, other) => {
    if (other.bytes !== best.bytes) return other.bytes > best.bytes ? other : best;
    const order = Date.parse(other.arrivedAt) - Date.parse(best.arrivedAt) || (other.assetId < best.assetId ? -1 : 1);
    return order < 0 ? other : best;
  });
}
