import { z } from 'zod';

/**
 * Every way in which bucket, ledger and index may differ for longer than work under way explains. Each has a heading's
 * worth of words in the runbook.
 */
export const differenceKinds = [
  /** An upload lies in the bucket and nobody knows of it: its event was lost. */
  'object without upload record',
  /** An upload says that it became an asset, and there is none. */
  'upload without asset',
  /** The same, and its object is gone as well: it cannot be admitted again. */
  'upload without asset or object',
  /** An asset's original is gone, without a withdrawal. */
  'asset without original',
  'processing without execution',
  'indexed without documents',
  /** The ledger says that a document is in the index, and it is not. */
  'confirmed document not in the index',
  /** The index holds a document that no row of the ledger owns. */
  'document without owner',
  'derived objects of a withdrawn asset',
  'derived objects without an asset',
  /** A withdrawal was begun and not carried to its receipt. */
  'withdrawal without receipt',
  /** A near-duplicate's row still names what was withdrawn. */
  'near-duplicate of a withdrawn asset',
  /** An embargo has ended, and neither was it told nor is it about to be. */
  'ended embargo without its release',
] as const;
export const differenceKindSchema = z.enum(differenceKinds);
export type DifferenceKind = z.infer<typeof differenceKindSchema>;

/** Nothing mends these: somebody has to look. */
export const unrepairable: ReadonlySet<DifferenceKind> = new Set([
  'upload without asset or object',
  'asset without original',
]);

/** What is walked over, one after the other. */
export const reconcilePhases = ['ledger', 'originals', 'derived', 'index'] as const;
export const reconcilePhaseSchema = z.enum(reconcilePhases);
export type ReconcilePhase = z.infer<typeof reconcilePhaseSchema>;

const tally = z.number().int().nonnegative();
const instant = z.iso.datetime();

export const differenceSchema = z.object({
  kind: differenceKindSchema,
  /** What it is about: an asset's, upload's or document's id, or a key. */
  about: z.string(),
  isRepaired: z.boolean(),
  /** Why a repair did not succeed. */
  problem: z.string().optional(),
});
export type Difference = z.infer<typeof differenceSchema>;

/** A walk over everything, as far as it has come: the same whether one run makes it or a hundred. */
export const reconciliationSchema = z.object({
  startedAt: instant,
  isDryRun: z.boolean(),
  phase: reconcilePhaseSchema,
  /** Where the phase goes on: opaque. */
  cursor: z.string().optional(),
  seen: z.object({ rows: tally, objects: tally, folders: tally, documents: tally }),
  found: z.partialRecord(differenceKindSchema, tally),
  repaired: z.partialRecord(differenceKindSchema, tally),
  /** The first ones, for people. */
  examples: z.array(differenceSchema),
  endedAt: instant.optional(),
});
export type Reconciliation = z.infer<typeof reconciliationSchema>;

export const reconcilePrefix = 'reconcile/';
export const reconcileKeys = {
  /** The timer's walk. */
  current: `${reconcilePrefix}current.json`,
  report: (startedAt: string) => `${reconcilePrefix}reports/${startedAt.replaceAll(':', '-')}.json`,
} as const;

/** From the command line: a walk of its own, carried on with what the last call answered. From the timer: nothing. */
export const reconcileRequestSchema = z.object({
  begin: z.object({ isDryRun: z.boolean() }).optional(),
  goOn: reconciliationSchema.optional(),
});
export type ReconcileRequest = z.infer<typeof reconcileRequestSchema>;
