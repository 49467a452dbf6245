import { z } from 'zod';
import { assetIdSchema, assetKindSchema, assetStatusSchema, deskSchema, stepSchema } from './assets.ts';
import { namedEntitySchema, provenanceSchema, rightsSchema } from './documents.ts';
import { stepStateSchema } from './ledger.ts';
import { progressSchema } from './progress.ts';
import { releaseSchema } from './release.ts';
import { shotSchema } from './shots.ts';

export * from './search.ts';

/** The HTTP API, from which the OpenAPI document is made. Query strings arrive as strings, hence the coercion. */
const instant = z.iso.datetime({ offset: true });
const day = z.iso.date();

export const createUploadRequestSchema = z.object({
  fileName: z.string().min(1).max(200),
  desk: deskSchema,
  bytes: z
    .number()
    .int()
    .nonnegative()
    .max(5 * 1024 ** 3, 'one upload has at most 5 GiB'),
  contentType: z.string().max(100).optional(),
  /** Files that are dropped together name one batch and so share a folder: that is how sidecars find their asset. */
  batch: z
    .string()
    .regex(/^[a-z0-9-]{8,36}$/, 'a batch is named by 8 to 36 lower-case letters, digits and hyphens')
    .optional(),
});
export type CreateUploadRequest = z.infer<typeof createUploadRequestSchema>;
export const createUploadResponseSchema = z.object({
  key: z.string(),
  /** Presigned PUT: send the file's bytes there with exactly these headers. */
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  expiresAt: instant,
});

/** One arrival and how far its asset has come. */
export const uploadStatusSchema = z.object({
  uploadId: z.string(),
  key: z.string(),
  fileName: z.string(),
  desk: deskSchema,
  arrivedAt: instant,
  outcome: z.enum(['admitted', 'duplicate', 'sidecar', 'refused', 'failed']),
  reason: z.string().optional(),
  asset: z
    .object({
      assetId: assetIdSchema,
      kind: assetKindSchema,
      status: assetStatusSchema,
      /** Only once it is released. */
      title: z.string().optional(),
      /** Whether readers may see it; `unknown` until its sources were read. */
      release: releaseSchema,
      reason: z.string().optional(),
      attempt: z.number().int(),
      documentCount: z.number().int().optional(),
      steps: z.partialRecord(stepSchema, stepStateSchema),
      /** While a video is cut into shots. */
      progress: progressSchema.optional(),
    })
    .optional(),
});
export type UploadStatus = z.infer<typeof uploadStatusSchema>;
/** GET /uploads?desk=&day=&key= */
export const uploadsQuerySchema = z.object({
  desk: deskSchema,
  day: day.optional(),
  key: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const uploadsResponseSchema = z.object({
  uploads: z.array(uploadStatusSchema),
  /** Arrivals that are not listed: another desk's, which are not released. */
  hiddenCount: z.number().int().nonnegative(),
});

export const assetResponseSchema = z.object({
  assetId: assetIdSchema,
  kind: assetKindSchema,
  status: assetStatusSchema,
  title: z.string(),
  desk: deskSchema,
  fileName: z.string(),
  mediaType: z.string(),
  bytes: z.number().int(),
  reason: z.string().optional(),
  createdAt: instant.optional(),
  arrivedAt: instant,
  place: z.string().optional(),
  keywords: z.array(z.string()),
  rights: rightsSchema,
  entities: z.array(namedEntitySchema),
  /** Presigned, for an hour. */
  originalUrl: z.string(),
  previewUrl: z.string().optional(),
  framesPerSecond: z.number().optional(),
  durationSeconds: z.number().optional(),
  shots: z
    .array(
      shotSchema.omit({ keyframes: true }).extend({
        thumbnailUrl: z.string(),
        /** All keyframes' thumbnails, the best first. */
        keyframes: z.array(z.object({ frame: z.number().int(), seconds: z.number(), thumbnailUrl: z.string() })),
        text: z.string(),
      }),
    )
    .optional(),
  /** A photo's caption, or a story's text in passages, as plain text. */
  passages: z.array(z.object({ ordinal: z.number().int(), text: z.string(), provenance: provenanceSchema })),
  steps: z.partialRecord(stepSchema, stepStateSchema),
  /** Pictures that nobody has described and that are to be captioned later. */
  captionsWaiting: z
    .object({ pictures: z.number().int(), reason: z.string(), since: instant, dueAt: instant })
    .optional(),
  /** While a video is cut into shots once more. */
  progress: progressSchema.optional(),
});
export type AssetResponse = z.infer<typeof assetResponseSchema>;

/** What a desk has spent on captions on one UTC day, in whole micro-dollars. */
export const deskSpendSchema = z.object({
  desk: deskSchema,
  day,
  spentMicroDollars: z.number().int(),
  /** Set aside for calls under way. */
  reservedMicroDollars: z.number().int(),
  /** Set aside for calls of which nobody knows whether they were billed. */
  unaccountedMicroDollars: z.number().int(),
  /** Unknown on a day without captions that is looked at from outside the deployment. */
  limitMicroDollars: z.number().int().optional(),
  calls: z.number().int(),
});
export type DeskSpend = z.infer<typeof deskSpendSchema>;
/** GET /assets/{assetId}/near-duplicates: the asset's group, the one that stands for it first; empty where it is alone. */
export const nearDuplicateGroupSchema = z.object({
  members: z.array(
    z.object({
      assetId: assetIdSchema,
      title: z.string(),
      fileName: z.string(),
      bytes: z.number().int(),
      desk: deskSchema,
      arrivedAt: instant,
      /** The largest file, of equal ones the first that came. */
      isRepresentative: z.boolean(),
      thumbnailUrl: z.string().optional(),
      /** The editor who put it there. */
      joinedBy: z.string().optional(),
    }),
  ),
  /** Members that are not listed: beyond the page, under embargo or withheld. */
  hiddenCount: z.number().int().nonnegative(),
  /** The editor who took this asset out of its group. */
  splitBy: z.string().optional(),
});
export type NearDuplicateGroup = z.infer<typeof nearDuplicateGroupSchema>;
/** POST /assets/{assetId}/near-duplicates: the asset that is the same content. */
export const nearDuplicateJoinSchema = z.object({ assetId: assetIdSchema });

/** GET /status: what is running, which models serve, and what stands in for what. */
export const statusResponseSchema = z.object({
  environment: z.string(),
  models: z.array(
    z.object({
      endpoint: z.string(),
      name: z.string(),
      version: z.string(),
      standInFor: z.string().optional(),
      /** `on demand`: an asynchronous endpoint, which has no instance to ask while nothing waits for it. */
      state: z.enum(['answering', 'not answering', 'off', 'on demand']),
    }),
  ),
  captions: z.object({
    provider: z.string(),
    /** Today, UTC, in micro-dollars: each desk that has uploaded. */
    spend: z.array(deskSpendSchema),
    /** Assets whose pictures wait for captions, counted up to a bound. */
    waiting: z.number().int().nonnegative(),
  }),
  desks: z.array(deskSchema),
});
export type StatusResponse = z.infer<typeof statusResponseSchema>;

export const problemSchema = z.object({ error: z.string(), message: z.string() });

/** The page's `config.json`, written by the deployment beside it. */
export const pageConfigSchema = z.object({
  environment: z.string(),
  apiUrl: z.string(),
  cognito: z.object({ region: z.string(), clientId: z.string(), endpoint: z.string().optional() }),
  /** Only in the local environment: the demo editor who may be signed in with one click. */
  demoEditor: z.object({ username: z.string(), password: z.string() }).optional(),
});
export type PageConfig = z.infer<typeof pageConfigSchema>;
