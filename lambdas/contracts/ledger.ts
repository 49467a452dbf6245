import { z } from 'zod';
import { assetIdSchema, assetKindSchema, assetStatusSchema, deskSchema, s3ObjectSchema, stepSchema } from './assets.ts';
import { holdSchema } from './release.ts';
import { effectRowSchema } from './side-effects.ts';

/**
 * The asset ledger: one DynamoDB table, partition key `pk`, sort key `sk`, and three sparse indexes.
 * - `byUnsettled` (`unsettledPk`, `unsettledSk`): assets that are processing or failed, for redrive and stuck alarms, and
 *   those that may have doubles in the index, for the sweeper; captions and releases to come; sharded over 16 partitions so that it is no hot key.
 * - `byUploadDay` (`uploadDayPk` = `<desk>#<yyyy-mm-dd>`, `uploadDaySk` = ISO time): the page's list of uploads.
 * - `byGroup` (`groupId`, `arrivedAt`): the near-duplicates that form a group (contracts/near-duplicates.ts).
 */
export const ledgerIndexes = { unsettled: 'byUnsettled', uploadDay: 'byUploadDay', group: 'byGroup' } as const;
export const unsettledShards = 16;

export const ledgerKeys = {
  asset: (assetId: string) => ({ pk: `ASSET#${assetId}`, sk: 'ASSET' }),
  document: (assetId: string, documentId: string) => ({ pk: `ASSET#${assetId}`, sk: `DOCUMENT#${documentId}` }),
  documentPrefix: 'DOCUMENT#',
  /** Present while the index may hold copies of the asset's documents that nobody owns. */
  suspect: (assetId: string) => ({ pk: `ASSET#${assetId}`, sk: 'SUSPECT' }),
  /** One chunk of a video on its way through the asynchronous endpoint. */
  inference: (assetId: string, run: string, chunk: number) => ({
    pk: `ASSET#${assetId}`,
    sk: `INFERENCE#${run}#${String(chunk).padStart(5, '0')}`,
  }),
  upload: (uploadId: string) => ({ pk: `UPLOAD#${uploadId}`, sk: 'UPLOAD' }),
  /** Joins an asset and its sidecars by their common stem, in whichever order they arrive. */
  stemAsset: (bucket: string, stem: string) => ({ pk: `STEM#${bucket}/${stem}`, sk: 'ASSET' }),
  stemSidecar: (bucket: string, stem: string, sidecar: string) => ({
    pk: `STEM#${bucket}/${stem}`,
    sk: `SIDECAR#${sidecar}`,
  }),
  /** The newest version of a story, by its ninjs `uri`. */
  story: (uri: string) => ({ pk: `STORY#${uri}`, sk: 'STORY' }),
  /** Every desk that has ever uploaded, in one partition: a newsroom has tens of them. */
  desk: (desk: string) => ({ pk: 'DESKS', sk: `DESK#${desk}` }),
} as const;

const instant = z.iso.datetime({ offset: true });

export const stepStateSchema = z.object({
  status: z.enum(['started', 'done', 'failed', 'refused']),
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  detail: z.string().optional(),
});
export type StepState = z.infer<typeof stepStateSchema>;

/** DynamoDB gives a number set as a Set; records carry it as a sorted array. */
const chunkNumbersSchema = z
  .union([z.set(z.number().int()), z.array(z.number().int())])
  .transform((numbers) => [...numbers].sort((one, other) => one - other));

/** How a video is cut into chunks, from which its progress is told. */
export const shotsPlanSchema = z.object({
  frameCount: z.number().int().positive(),
  /** On average: chunks differ by a window or so. */
  framesPerChunk: z.number().positive(),
  plannedAt: instant,
});
export type ShotsPlan = z.infer<typeof shotsPlanSchema>;

export const assetRecordSchema = z.object({
  assetId: assetIdSchema,
  kind: assetKindSchema,
  status: assetStatusSchema,
  /** Grows by one with every start of the workflow: the fence that keeps a slow earlier attempt from writing. */
  attempt: z.number().int().positive(),
  desk: deskSchema,
  original: s3ObjectSchema,
  stem: z.string(),
  fileName: z.string(),
  mediaType: z.string(),
  bytes: z.number().int().nonnegative(),
  perceptualHash: z.string().optional(),
  title: z.string().optional(),
  /** Why it was refused, failed or withdrawn: a sentence that an editor can act on. */
  reason: z.string().optional(),
  errorName: z.string().optional(),
  story: z.object({ uri: z.string(), version: z.string() }).optional(),
  documentCount: z.number().int().nonnegative().optional(),
  /** What its sources say must be waited for, as the last attempt that described it has read them. */
  hold: holdSchema.optional(),
  steps: z.partialRecord(stepSchema, stepStateSchema),
  shotsPlan: shotsPlanSchema.optional(),
  /** Chunks whose frames have their probabilities: a set, so that a chunk that comes twice counts once. */
  chunksDone: chunkNumbersSchema.optional(),
  chunkDoneAt: instant.optional(),
  createdAt: instant,
  updatedAt: instant,
  indexedAt: instant.optional(),
});
export type AssetRecord = z.infer<typeof assetRecordSchema>;

export const uploadRecordSchema = z.object({
  uploadId: z.string(),
  desk: deskSchema,
  object: s3ObjectSchema,
  fileName: z.string(),
  bytes: z.number().int().nonnegative().optional(),
  /**
   * `admitted` made the asset, `duplicate` found it, `sidecar` joined it or waits for it; `failed` was set aside, until
   * another delivery fares better.
   */
  outcome: z.enum(['admitted', 'duplicate', 'sidecar', 'refused', 'failed']),
  assetId: assetIdSchema.optional(),
  reason: z.string().optional(),
  arrivedAt: instant,
});
export type UploadRecord = z.infer<typeof uploadRecordSchema>;

/**
 * One document's write to the index, read from its row. `intended` comes before the write, `confirmed` after it with
 * the generated `_id`: the index takes no ids of ours, so this row is what makes the write happen once.
 */
export const documentRecordSchema = z.object({
  documentId: z.string(),
  assetId: assetIdSchema,
  attempt: z.number().int().positive(),
  state: z.enum(['intended', 'confirmed']),
  contentSha256: z.string(),
  /** Of this content where it is confirmed, else of the older one that stays owned until then. */
  indexId: z.string().optional(),
  /** Of the content that this one replaced, which is deleted after the confirmation: perhaps it still is there. */
  replacedIndexId: z.string().optional(),
  updatedAt: instant,
  /** The row itself, for whoever claims or judges it. */
  effect: effectRowSchema,
});
export type DocumentRecord = z.infer<typeof documentRecordSchema>;

/** One chunk at the asynchronous endpoint, read from its row: who waits for it, and where its answer lies. */
export const inferenceRecordSchema = z.object({
  assetId: assetIdSchema,
  run: z.string(),
  chunk: z.number().int().nonnegative(),
  attempt: z.number().int().positive(),
  taskToken: z.string(),
  /** How often a sending was claimed; what is told of an earlier one is known by it. */
  sendings: z.number().int().nonnegative(),
  /** Where the answer lies, or will lie once the chunk was sent. */
  outputKey: z.string().optional(),
  failureKey: z.string().optional(),
  isDone: z.boolean(),
  updatedAt: instant,
  /** The sending itself, for whoever claims or ends it. */
  effect: effectRowSchema.optional(),
});
export type InferenceRecord = z.infer<typeof inferenceRecordSchema>;
