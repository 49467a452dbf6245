import { z } from 'zod';

/** Reports of S3 Inventory over the originals lie below it in the derived bucket, and what map runs leave. */
export const inventoryPrefix = 'inventory/';
export const backfillResultsPrefix = 'backfill/';

/** What the backfill's state machine starts with: a prefix of the originals, or a manifest of S3 Inventory. */
export const backfillInputSchema = z.union([
  z.object({ prefix: z.string().min(1) }),
  z.object({ inventory: z.object({ key: z.string().min(1) }) }),
]);
export type BackfillInput = z.infer<typeof backfillInputSchema>;

/** An object as a listing or an inventory names it; an inventory writes keys URL-encoded. */
export const listedObjectSchema = z.object({ Key: z.string().min(1) });
export type ListedObject = z.infer<typeof listedObjectSchema>;

/** AWS hands a batch over, the emulator each object by itself. */
export const backfillBatchSchema = z
  .union([z.object({ Items: z.array(listedObjectSchema) }), listedObjectSchema])
  .transform((batch) => ('Items' in batch ? batch.Items : [batch]));

export const backfillReportSchema = z.object({
  /** Given to the queue from which a backfill is admitted. */
  fed: z.number().int().nonnegative(),
  /** The archive knows of them: another backfill was here before, or this one. */
  known: z.number().int().nonnegative(),
  /** Folders' marks, keys of other prefixes, what is no longer there. */
  passedOver: z.number().int().nonnegative(),
});
export type BackfillReport = z.infer<typeof backfillReportSchema>;

/** The queue is deep enough: the same batch comes again later. */
export const queueDeepErrorName = 'BackfillQueueDeepError';

/** A key as an inventory writes it, URL-encoded; what is no such key stays as it is. */
export function keyOfInventory(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
