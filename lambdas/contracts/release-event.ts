import { z } from 'zod';
import { assetIdSchema, assetKindSchema, deskSchema } from './assets.ts';
import { effectRowSchema } from './side-effects.ts';

/** What the archive itself puts on EventBridge, under this source. */
export const archiveEventSource = 'wirescope.archive';
export const assetReleasedType = 'Asset Released';

const instant = z.iso.datetime({ offset: true });

/** Why readers find from now on what they did not find before. */
export const releaseCauseSchema = z.enum(['embargo ended', 'embargo lifted', 'no longer withheld']);
export type ReleaseCause = z.infer<typeof releaseCauseSchema>;

/** `Asset Released`: ids and times, no words; whoever may read asks for the asset. */
export const assetReleasedSchema = z.object({
  /** The same in a repeated delivery: EventBridge delivers at least once. */
  eventId: z.string(),
  assetId: assetIdSchema,
  kind: assetKindSchema,
  desk: deskSchema,
  cause: releaseCauseSchema,
  /** When it was due; what is told later was missed and caught up. */
  dueAt: instant,
});
export type AssetReleased = z.infer<typeof assetReleasedSchema>;

export const releaseKeys = {
  /** Beside the asset, so that a withdrawal takes it away. */
  release: (assetId: string) => ({ pk: `ASSET#${assetId}`, sk: 'RELEASE' }),
} as const;

/** The index `byUnsettled` lists releases to come under partitions of their own, the longest due first. */
export const releaseShards = 4;
export const releasePk = (shard: number): string => `RELEASES#${shard}`;

/** A release to come, or the last one there was. */
export const releaseRecordSchema = z.object({
  assetId: assetIdSchema,
  kind: assetKindSchema,
  desk: deskSchema,
  /** Which release it is: each is told once. */
  subject: z.string(),
  cause: releaseCauseSchema,
  /** Absent where nobody knows when: what is withheld. */
  dueAt: instant.optional(),
  /** Its telling, as a side effect. */
  effect: effectRowSchema.optional(),
});
export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;

export const releaseResultSchema = z.object({ eventId: z.string(), releasedAt: instant });
export type ReleaseResult = z.infer<typeof releaseResultSchema>;

/** What one run of the timer has come to. */
export const releaseReportSchema = z.object({
  released: z.array(assetIdSchema),
  /** Due, and not to be found yet. */
  postponed: z.number().int().nonnegative(),
  /** Withdrawn meanwhile. */
  forgotten: z.number().int().nonnegative(),
  problems: z.array(z.string()),
  /** Of the longest due that was not told. */
  overdueSeconds: z.number().nonnegative(),
});
export type ReleaseReport = z.infer<typeof releaseReportSchema>;
