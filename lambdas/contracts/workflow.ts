import { z } from 'zod';
import { assetIdSchema, assetKindSchema, deskSchema, s3ObjectSchema, stepSchema } from './assets.ts';

/** EventBridge "Object Created" of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export const objectCreatedEventSchema = z.object({
  id: z.string(),
  time: z.string(),
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      etag: z.string().optional(),
      'version-id': z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});
export type ObjectCreatedEvent = z.infer<typeof objectCreatedEventSchema>;

/** What the state machine carries from state to state: ids and S3 keys, never media, texts or vectors. */
export const workflowInputSchema = z.object({
  assetId: assetIdSchema,
  attempt: z.number().int().positive(),
  kind: assetKindSchema,
  desk: deskSchema,
  original: s3ObjectSchema,
});
export type WorkflowInput = z.infer<typeof workflowInputSchema>;

/** Names one generation of work on a video: eight hexadecimal digits. */
export const runSchema = z.string().regex(/^[0-9a-f]{8}$/);

/**
 * The tasks of the shots step: plan; decode and infer each chunk; stitch the answers into shots; extract each chunk's
 * keyframes; assemble.
 */
export const planShotsInputSchema = workflowInputSchema.extend({
  /** Set after chunks turned out other than planned: every frame is looked for, every chunk decoded from the start. */
  isCareful: z.boolean().default(false),
});
export const planShotsResultSchema = z.object({
  run: runSchema,
  chunkCount: z.number().int().nonnegative(),
  /** Set where an earlier run has left the shots already: nothing is to be decoded. */
  shotsKey: z.string().optional(),
});
export const chunkInputSchema = planShotsInputSchema.extend({
  run: runSchema,
  chunk: z.number().int().nonnegative(),
});
export const inferChunkInputSchema = chunkInputSchema.extend({
  /** With it the workflow is told that the endpoint has answered. */
  taskToken: z.string().min(1),
});
export const stitchShotsInputSchema = workflowInputSchema.extend({ run: runSchema });
export const assembleShotsInputSchema = stitchShotsInputSchema;
export type PlanShotsInput = z.infer<typeof planShotsInputSchema>;
export type PlanShotsResult = z.infer<typeof planShotsResultSchema>;
export type ChunkInput = z.infer<typeof chunkInputSchema>;
export type InferChunkInput = z.infer<typeof inferChunkInputSchema>;
export type StitchShotsInput = z.infer<typeof stitchShotsInputSchema>;
export type AssembleShotsInput = z.infer<typeof assembleShotsInputSchema>;

/** Every step's Lambda takes the workflow input and answers with one of these. */
export const shotsResultSchema = z.object({
  shotsKey: z.string(),
  shotCount: z.number().int().nonnegative(),
  frameCount: z.number().int().nonnegative(),
});
export const describeResultSchema = z.object({
  /** `withdraw`: the content itself says that it must not be found (a kill, or an older version of a story). */
  decision: z.enum(['index', 'withdraw']),
  reason: z.string().optional(),
  /** Set by a kill: the story whose earlier versions must leave the index with it. */
  killedStoryUri: z.string().optional(),
  descriptionsKey: z.string().optional(),
  documentCount: z.number().int().nonnegative(),
});
export const enrichResultSchema = z.object({ documentsKey: z.string(), documentCount: z.number().int().nonnegative() });
export const indexResultSchema = z.object({
  documentCount: z.number().int().nonnegative(),
  written: z.number().int().nonnegative(),
  alreadyWritten: z.number().int().nonnegative(),
  superseded: z.number().int().nonnegative(),
});

/** The input of each later step: the workflow input and the results so far. */
export const describeInputSchema = workflowInputSchema.extend({ shotsKey: z.string().optional() });
export const enrichInputSchema = workflowInputSchema.extend({ descriptionsKey: z.string() });
export const indexInputSchema = workflowInputSchema.extend({ documentsKey: z.string() });
export type DescribeInput = z.infer<typeof describeInputSchema>;
export type EnrichInput = z.infer<typeof enrichInputSchema>;
export type IndexInput = z.infer<typeof indexInputSchema>;
export type ShotsResult = z.infer<typeof shotsResultSchema>;
export type DescribeResult = z.infer<typeof describeResultSchema>;
export type EnrichResult = z.infer<typeof enrichResultSchema>;
export type IndexResult = z.infer<typeof indexResultSchema>;

/**
 * The end of every path but `indexed`, which the index step records itself with its documents.
 * `error` and `cause` are Step Functions' `Error` and `Cause`; a Lambda's Cause is JSON with errorMessage.
 */
export const recordOutcomeInputSchema = workflowInputSchema.extend({
  outcome: z.enum(['refused', 'failed', 'withdrawn']),
  step: stepSchema,
  error: z.string().optional(),
  cause: z.string().optional(),
  reason: z.string().optional(),
  killedStoryUri: z.string().optional(),
});
export type RecordOutcomeInput = z.infer<typeof recordOutcomeInputSchema>;

/** What the sweeper looks through: what the ledger suspects, often; everything, rarely. */
export const sweepRequestSchema = z.object({ scope: z.enum(['suspects', 'whole index']) });
export type SweepRequest = z.infer<typeof sweepRequestSchema>;
