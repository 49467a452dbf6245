import { z } from 'zod';
import { assetIdSchema, assetKindSchema, s3ObjectSchema } from './assets.ts';

/**
 * Withdrawals in the ledger's table. The row of a withdrawal is the tombstone as well, so it lies in a partition of its
 * own and outlives the asset's.
 */
export const withdrawalKeys = {
  withdrawal: (assetId: string) => ({ pk: `WITHDRAWAL#${assetId}`, sk: 'WITHDRAWAL' }),
  /** Withdrawn photos whose perceptual hashes have one band in common. */
  likeness: (band: string) => ({ pk: `WITHDRAWN-LIKENESS#${band}`, sk: 'LIKENESS' }),
  /** Further arrivals of an asset's bytes, and its sidecars': beside the asset, so that a withdrawal finds them. */
  arrival: (assetId: string, uploadId: string) => ({ pk: `ASSET#${assetId}`, sk: `ARRIVAL#${uploadId}` }),
  arrivalPrefix: 'ARRIVAL#',
  /** Withdrawn bytes that came again and were refused: one partition, for there are few. */
  returned: (uploadId: string) => ({ pk: 'WITHDRAWN-RETURNS', sk: `RETURN#${uploadId}` }),
} as const;

const instant = z.iso.datetime({ offset: true });
const sentence = z.string().trim().min(1).max(500);
const person = z.string().trim().min(1).max(200);

/** Where something of an asset may lie; a withdrawal empties each and reads it back. */
export const withdrawalStores = [
  'originals',
  'renditions',
  'work',
  'inferences',
  'index',
  'captions',
  'vocabulary',
  'neighbours',
  'ledger',
  'failures',
] as const;
export const withdrawalStoreSchema = z.enum(withdrawalStores);
export type WithdrawalStore = z.infer<typeof withdrawalStoreSchema>;

/** Keys and stems that only the rows named which the withdrawal takes away; forgotten once it is proved. */
export const withdrawalPlacesSchema = z.object({
  bucket: z.string(),
  /** Versions of originals that hold the asset's bytes, and versions of its sidecars. */
  objects: z.array(s3ObjectSchema),
  stems: z.array(z.string()),
  /** Answers and failures that the asynchronous endpoint has left. */
  inferenceKeys: z.array(z.string()),
  /** Paid captions that its documents show. */
  captionKeys: z.array(z.string()).default([]),
  /** Rows of near-duplicates that name it: their likenesses, and members of a group that is named after it. */
  traces: z
    .object({
      likenesses: z.array(z.object({ assetId: assetIdSchema, documentId: z.string() })),
      members: z.array(assetIdSchema),
    })
    .default({ likenesses: [], members: [] }),
});
export type WithdrawalPlaces = z.infer<typeof withdrawalPlacesSchema>;

const liftSchema = z.object({ reason: sentence, by: person, at: instant });

/**
 * `begun`: nothing new gets in, what is there is being removed. `removed`: everything was taken away once, and what was
 * under way is waited for. `proved`: every store was read back and the receipt is signed. `lifted`: it may come again.
 */
export const withdrawalRecordSchema = z.object({
  assetId: assetIdSchema,
  kind: assetKindSchema,
  perceptualHash: z.string().optional(),
  /** How many attempts its record had seen: what comes again after a lift begins behind them. */
  attempts: z.number().int().positive().optional(),
  state: z.enum(['begun', 'removed', 'proved', 'lifted']),
  reason: sentence,
  by: person,
  begunAt: instant,
  /** From then on nothing that began before the withdrawal can write any more. */
  quietAt: instant.optional(),
  /** When the index was first seen without it, after `quietAt` and the index's own delay. */
  indexEmptyAt: instant.optional(),
  removed: z.partialRecord(withdrawalStoreSchema, z.number().int().nonnegative()),
  places: withdrawalPlacesSchema.optional(),
  provedAt: instant.optional(),
  receiptKey: z.string().optional(),
  lift: liftSchema.optional(),
});
export type WithdrawalRecord = z.infer<typeof withdrawalRecordSchema>;

/**
 * Why what was withdrawn may not be let in again.
 * @param state of its withdrawal, where there is one.
 * @returns undefined where it may.
 */
export function whyNotLifted(state: WithdrawalRecord['state'] | undefined): string | undefined {
  switch (state) {
    case 'proved':
      return undefined;
    case undefined:
      return 'it was never withdrawn';
    case 'lifted':
      return 'its withdrawal was lifted before';
    default:
      return 'its withdrawal has not come to its end: run it to the receipt first';
  }
}

/** What a receipt states: nothing of the content, nor of its names. */
export const receiptStatementSchema = z.discriminatedUnion('act', [
  z.object({
    version: z.literal(1),
    act: z.literal('withdrawal'),
    environment: z.string(),
    assetId: assetIdSchema,
    kind: assetKindSchema,
    reason: sentence,
    by: person,
    begunAt: instant,
    provedAt: instant,
    stores: z
      .array(
        z.object({
          store: withdrawalStoreSchema,
          removed: z.number().int().nonnegative(),
          /** What a look after the removal found. */
          remaining: z.literal(0),
          readBackAt: instant,
        }),
      )
      // Earlier receipts read one store less.
      .min(withdrawalStores.length - 1),
  }),
  z.object({
    version: z.literal(1),
    act: z.literal('lift'),
    environment: z.string(),
    assetId: assetIdSchema,
    reason: sentence,
    by: person,
    liftedAt: instant,
    /** The receipt of the withdrawal that is lifted. */
    withdrawalReceiptKey: z.string(),
  }),
]);
export type ReceiptStatement = z.infer<typeof receiptStatementSchema>;

export const receiptSchema = z.object({
  statement: receiptStatementSchema,
  signature: z.object({
    algorithm: z.literal('ECDSA_SHA_256'),
    /** How the statement becomes the bytes that are signed. */
    canonicalisation: z.literal('RFC 8785'),
    keyId: z.string(),
    /** DER in base64. */
    value: z.base64(),
  }),
});
export type Receipt = z.infer<typeof receiptSchema>;

export const receiptPrefix = 'receipts/';
export const receiptKey = (assetId: string, act: ReceiptStatement['act'], at: string): string =>
  `${receiptPrefix}${assetId}/${at.replaceAll(':', '-')}-${act}.json`;

/** What the command line asks the withdrawing function for, and what its timer sends. */
export const withdrawalRequestSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('look'), assetId: assetIdSchema }),
  z.object({ action: z.literal('remove'), assetId: assetIdSchema, reason: sentence, by: person }),
  z.object({ action: z.literal('prove'), assetId: assetIdSchema }),
  z.object({ action: z.literal('lift'), assetId: assetIdSchema, reason: sentence, by: person }),
  /** Takes away the bytes of what came again and was refused. */
  z.object({ action: z.literal('clear-returns') }),
]);
export type WithdrawalRequest = z.infer<typeof withdrawalRequestSchema>;

export const withdrawalAnswerSchema = z.discriminatedUnion('state', [
  /** No asset and no withdrawal has this id. */
  z.object({ state: z.literal('unknown') }),
  /** What a withdrawal would meet. */
  z.object({
    state: z.literal('found'),
    kind: assetKindSchema,
    status: z.string(),
    withdrawal: withdrawalRecordSchema.shape.state.optional(),
    stores: z.partialRecord(withdrawalStoreSchema, z.number().int().nonnegative()),
  }),
  z.object({ state: z.literal('waiting'), until: instant, why: z.string() }),
  z.object({ state: z.literal('proved'), receiptKey: z.string(), receipt: receiptSchema }),
  z.object({ state: z.literal('lifted'), receiptKey: z.string(), receipt: receiptSchema }),
  z.object({ state: z.literal('not allowed'), why: z.string() }),
  z.object({ state: z.literal('cleared'), objects: z.number().int().nonnegative() }),
]);
export type WithdrawalAnswer = z.infer<typeof withdrawalAnswerSchema>;
