import { z } from 'zod';
import { captionSettingsSchema } from '../../lambdas/contracts/captions.ts';
import { feedSchema } from '../../lambdas/contracts/live.ts';

/**
 * One environment, checked whole before anything is built. Every object is strict: a setting that does not exist, such
 * as one that would turn authentication off, is refused instead of ignored.
 */
export const environmentNameSchema = z.enum(['local', 'dev', 'staging', 'prod']);
export type EnvironmentName = z.infer<typeof environmentNameSchema>;

export const localAccount = '000000000000';

/** SageMaker bills by instance: an upper bound here is an upper bound of the bill. */
export const maxInstances = 20;

/** What every endpoint names, however it is called. */
const servedModel = {
  /** Folder below `model-packaging/models`, whose model.json says what the endpoint serves. */
  package: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a model package is named in lower-case letters, digits, hyphens'),
  /** `{account}` and `{region}` stand for those of the deployment. */
  imageUri: z
    .string()
    .regex(
      /^(\d{12}|\{account\})\.dkr\.ecr\.(\{region\}|[a-z0-9-]+)\.amazonaws\.com\/[a-z0-9/_-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/,
      'an image is named by its ECR repository and a tag or digest',
    ),
  /** The last day on which the image's publisher patches it. */
  imagePatchedUntil: z.iso.date(),
  instanceType: z.string().regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, 'a SageMaker instance type looks like ml.c6i.large'),
  maxInstances: z.number().int().min(1).max(maxInstances).default(2),
};
const isOrdered = (endpoint: { minInstances: number; maxInstances: number }): boolean =>
  endpoint.maxInstances >= endpoint.minInstances;

/** An endpoint that answers while its caller waits. */
export const realTimeEndpointSchema = z
  .strictObject({
    ...servedModel,
    minInstances: z.number().int().min(1).max(maxInstances).default(1),
    /** Processes that each answer one request at a time, on one core: as many as the instance has physical ones. */
    workersPerInstance: z.number().int().min(1).max(64).default(1),
    /** Calls a minute that one instance should take before another is started. */
    invocationsPerInstance: z.number().positive().default(600),
    /** The alarm's limit for the 95th percentile of the model's own time. */
    latencyLimitMilliseconds: z.number().int().positive(),
  })
  .refine(isOrdered, 'maxInstances is below minInstances');
export type RealTimeEndpointSettings = z.infer<typeof realTimeEndpointSchema>;

/** An endpoint that takes its requests from a bucket, leaves its answers there, and has no instance while none come. */
export const asynchronousEndpointSchema = z
  .strictObject({
    ...servedModel,
    minInstances: z.number().int().min(0).max(maxInstances).default(0),
    /** Requests that one instance works on at once. */
    requestsAtOnce: z.number().int().min(1).max(1000).default(1),
    /** Requests waiting for each instance before another is started. */
    backlogPerInstance: z.number().positive().default(4),
    /** The alarm's limit for the age of the oldest request that waits. */
    backlogAgeLimitSeconds: z.number().int().positive().default(1800),
    /** The alarm's limit for the 95th percentile of the model's own time, a whole chunk. */
    latencyLimitMilliseconds: z.number().int().positive(),
  })
  .refine(isOrdered, 'maxInstances is below minInstances');
export type AsynchronousEndpointSettings = z.infer<typeof asynchronousEndpointSchema>;

/** How a video is cut up: chunks are decoded side by side, and each is one request to the endpoint. */
const shotsSchema = z.strictObject({
  /** Three minutes at 25 frames a second: a request of some 45 MiB. Rounded to whole windows. */
  framesPerChunk: z.number().int().min(500).max(45_000).default(4500),
  /** Of one video; an inline Map runs 40 at most. */
  chunksAtOnce: z.number().int().min(1).max(40).default(8),
  /** How long an answer is waited for, the start of an instance included: an hour at most once it is worked on. */
  inferenceSeconds: z.number().int().min(60).max(21_600).default(3600),
});

/** Lambda's own limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const functionSizeSchema = z.strictObject({
  memoryMegabytes: z.number().int().min(128).max(10_240),
  timeoutSeconds: z.number().int().min(1).max(900),
  ephemeralStorageMegabytes: z.number().int().min(512).max(10_240).default(512),
});
export type FunctionSize = z.infer<typeof functionSizeSchema>;
export type FunctionName = keyof z.infer<typeof functionSizesSchema>;

const functionSizesSchema = z.strictObject({
  admit: functionSizeSchema.prefault({ memoryMegabytes: 1769, timeoutSeconds: 120, ephemeralStorageMegabytes: 6144 }),
  planShots: functionSizeSchema.prefault({
    memoryMegabytes: 1769,
    timeoutSeconds: 600,
    ephemeralStorageMegabytes: 6144,
  }),
  decodeChunk: functionSizeSchema.prefault({
    memoryMegabytes: 3538,
    timeoutSeconds: 900,
    ephemeralStorageMegabytes: 10_240,
  }),
  inferChunk: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 60 }),
  returnInference: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 60 }),
  stitchShots: functionSizeSchema.prefault({ memoryMegabytes: 1769, timeoutSeconds: 300 }),
  extractKeyframes: functionSizeSchema.prefault({
    memoryMegabytes: 3538,
    timeoutSeconds: 900,
    ephemeralStorageMegabytes: 10_240,
  }),
  assembleShots: functionSizeSchema.prefault({
    memoryMegabytes: 3538,
    timeoutSeconds: 900,
    ephemeralStorageMegabytes: 10_240,
  }),
  describe: functionSizeSchema.prefault({
    memoryMegabytes: 1769,
    timeoutSeconds: 300,
    ephemeralStorageMegabytes: 2048,
  }),
  enrich: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 300 }),
  index: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 300 }),
  reembedArchive: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 280 }),
  sweepDoubles: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 240 }),
  recordOutcome: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 60 }),
  refreshVocabulary: functionSizeSchema.prefault({ memoryMegabytes: 1769, timeoutSeconds: 600 }),
  search: functionSizeSchema.prefault({ memoryMegabytes: 1769, timeoutSeconds: 29 }),
  api: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 29 }),
  countStuckAssets: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 60 }),
  captionLate: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 120 }),
  feedBackfill: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 120 }),
  releaseEmbargoed: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 55 }),
  reconcile: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 900 }),
  withdrawAsset: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 600 }),
  prepareIndex: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 600 }),
});

const searchSchema = z.strictObject({
  /** A second, standing-by copy of each capacity unit: twice the floor of the bill, survives a zone. */
  isStandbyOn: z.boolean(),
  /** HNSW: links a node, and how wide building and searching look. https://docs.opensearch.org/latest/field-types/supported-field-types/knn-methods-engines/ */
  linksPerNode: z.number().int().min(2).max(100).default(16),
  efConstruction: z.number().int().min(16).max(2048).default(256),
  efSearch: z.number().int().min(10).max(2048).default(256),
  /** The account's ceiling of OpenSearch capacity units a kind, from which the capacity alarm counts. */
  maxCapacityUnits: z.number().int().min(2).max(1700).default(10),
  latencyLimitMilliseconds: z.number().int().positive().default(1500),
  /** In which an editor's `yesterday` is reckoned. */
  newsroomTimeZone: z.string().refine(isTimeZone, 'a time zone is named as in Europe/Berlin').default('UTC'),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Running feeds: one Fargate task a feed, and one endpoint that answers at once for all of them. */
const liveSchema = z.strictObject({
  endpoint: realTimeEndpointSchema,
  feeds: z
    .array(feedSchema.strict())
    .max(20)
    .refine((feeds) => new Set(feeds.map(({ name }) => name)).size === feeds.length, 'two feeds have one name')
    .default([]),
  /** Of a task: 1024 units are a core. One core decodes 1080p, the other cuts clips. */
  cpuUnits: z.literal([1024, 2048, 4096]).default(2048),
  memoryMegabytes: z.number().int().min(2048).max(16_384).default(4096),
});
export type LiveSettings = z.infer<typeof liveSchema>;

const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

export const environmentSchema = z
  .strictObject({
    name: environmentNameSchema,
    /** Left out, the stacks can be synthesised without credentials and take the account of whoever deploys them. */
    account: z
      .string()
      .regex(/^\d{12}$/, 'an AWS account id has twelve digits')
      .optional(),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region looks like eu-central-1'),
    /** What happens to buckets, the ledger and keys when their stack is deleted. */
    removal: z.enum(['destroy', 'retain']),
    logRetentionDays: z.literal(logRetentionDays).default(30),
    alarmEmail: z.email().optional(),
    /** Origins whose pages may put uploads into the bucket, beside the deployed page's own. */
    pageOrigins: z.array(z.string().regex(/^https?:\/\/[^/\s]+$/, 'an origin is a scheme and a host, without a path')),
    isTracingOn: z.boolean().default(true),
    isMfaOffered: z.boolean().default(true),
    models: z.strictObject({
      shots: asynchronousEndpointSchema,
      embed: realTimeEndpointSchema,
      /** The next version of the embedding model, while the archive moves to it: `wirescope reembed`. */
      embedNext: realTimeEndpointSchema.optional(),
      entities: realTimeEndpointSchema,
      rerank: realTimeEndpointSchema,
    }),
    shots: shotsSchema.prefault({}),
    search: searchSchema,
    /** Left out, there is no `live` stack: an endpoint that answers at once costs as long as it stands. */
    live: liveSchema.optional(),
    captions: z.union([z.literal('off'), captionSettingsSchema]).default('off'),
    functions: functionSizesSchema.prefault({}),
    /** How many batches of uploads are admitted at once. */
    admitConcurrency: z.number().int().min(2).max(1000).default(10),
    /** The same of a backfill's, which have a queue of their own. */
    backfillAdmitConcurrency: z.number().int().min(2).max(1000).default(2),
    /** With so many workflows running, live ones included, a backfill starts no more. */
    backfillExecutions: z.number().int().min(1).max(1000).default(50),
    /** With so many uploads waiting in the backfill's queue nothing more is fed to it. */
    backfillQueueDepth: z.number().int().min(10).max(100_000).default(1000),
    /** What is not fed because of it looks again after so long, or less. */
    backfillLookSeconds: z.number().int().min(1).max(3600).default(240),
    workflowTimeoutHours: z.number().int().min(1).max(48).default(6),
    /** An asset that has been processing for longer than a workflow may last is stuck. */
    api: z
      .strictObject({
        requestsPerSecond: z.number().int().positive().max(10_000).default(50),
        burst: z.number().int().positive().max(5_000).default(100),
      })
      .prefault({}),
    /** As its layer has it. */
    relatedWordsPath: z.string().startsWith('/').default('/opt/related-words.json.gz'),
    ffmpegPath: z.string().startsWith('/').default('/opt/bin/ffmpeg'),
    ffprobePath: z.string().startsWith('/').default('/opt/bin/ffprobe'),
    /** Where the local AWS answers; none in AWS. */
    emulatorEndpoint: z.url().optional(),
    /** The editor of the local demonstration who may be signed in with one click. */
    demoEditor: z.strictObject({ username: z.string().min(1), password: z.string().min(12) }).optional(),
  })
  .superRefine((environment, context) => {
    const isLocal = environment.name === 'local';
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (!isLocal && environment.demoEditor) refuse('demoEditor', 'a demo editor exists in the local environment only');
    if (!isLocal && environment.emulatorEndpoint) refuse('emulatorEndpoint', 'only the local environment is emulated');
    if (isLocal !== (environment.account === localAccount))
      refuse('account', `the local environment, and it alone, has the account ${localAccount}`);
    if (isLocal && !environment.emulatorEndpoint) refuse('emulatorEndpoint', 'the local environment needs one');
    if (environment.name === 'prod' && environment.removal === 'destroy')
      refuse('removal', 'production keeps its archive when a stack is deleted');
  });
export type Environment = z.infer<typeof environmentSchema>;
export type EnvironmentInput = z.input<typeof environmentSchema>;
