import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });

/**
 * How far one side effect has come: the attribute `effect` of a ledger item, beside whatever else the item holds.
 * Loose, so that a row with a field of a later release is written back whole.
 */
export const effectRowSchema = z.looseObject({
  /** `released`: whoever had claimed it knows that it was not done. */
  state: z.enum(['claimed', 'confirmed', 'released']),
  /** Grows by one with every claim: what an earlier one still wants to write is refused by it. */
  fence: z.number().int().positive(),
  /** Who claimed it last, by a name that its own retries bear too. */
  owner: z.string().min(1),
  /** The asset's attempt that it is done for; 0 where it belongs to none. */
  attempt: z.number().int().nonnegative(),
  /** What is done, where that may change under one key: only the same counts as done. */
  subject: z.string().optional(),
  claimedAt: instant,
  leaseUntil: instant,
  /** What the last confirmation left; it stays while a later subject is claimed. */
  result: z.unknown().optional(),
  /** What the result will be if work that is under way elsewhere succeeds. */
  expected: z.unknown().optional(),
  updatedAt: instant,
});
export type EffectRow = z.infer<typeof effectRowSchema>;
