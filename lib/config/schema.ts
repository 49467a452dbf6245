import { z } from 'zod';
import { captionProviderSchema } from '../../lambdas/contracts/captions.ts';

/**
 * One environment, checked whole before anything is built. Every object is strict: a setting that does not exist, such
 * as one that would turn authentication off, is refused instead of ignored.
 */
export const environmentNameSchema = z.enum(['local', 'dev', 'staging', 'prod']);
export type EnvironmentName = z.infer<typeof environmentNameSchema>;

export const localAccount = '000000000000';

/** SageMaker bills by instance: an upper bound here is an upper bound of the bill. */
const maxInstances = 20;

const modelEndpointSchema = z
  .strictObject({
    /** Folder below `model-packaging/models`, whose model.json says what the endpoint serves. */
    package: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'a model package is named in lower-case letters, digits, hyphens'),
    /** `{region}` stands for the region of the deployment. */
    imageUri: z.string().regex(/^\d{12}\.dkr\.ecr\.(\{region\}|[a-z0-9-]+)\.amazonaws\.com\/[^:]+:[^:]+$/),
    /** The last day on which the image's publisher patches it. */
    imagePatchedUntil: z.iso.date(),
    instanceType: z.string().regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, 'a SageMaker instance type looks like ml.c6i.large'),
    minInstances: z.number().int().min(1).max(maxInstances).default(1),
    maxInstances: z.number().int().min(1).max(maxInstances).default(2),
    /** Calls a minute that one instance should take before another is started. */
    invocationsPerInstance: z.number().positive().default(600),
    /** The alarm's limit for the 95th percentile of the model's own time. */
    latencyLimitMilliseconds: z.number().int().positive(),
  })
  .refine((endpoint) => endpoint.maxInstances >= endpoint.minInstances, 'maxInstances is below minInstances');

/** Lambda's own limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const functionSizeSchema = z.strictObject({
  memoryMegabytes: z.number().int().min(128).max(10_240),
  timeoutSeconds: z.number().int().min(1).max(900),
  ephemeralStorageMegabytes: z.number().int().min(512).max(10_240).default(512),
});
export type FunctionSize = z.infer<typeof functionSizeSchema>;

const functionSizesSchema = z.strictObject({
  admit: functionSizeSchema.prefault({ memoryMegabytes: 1769, timeoutSeconds: 120, ephemeralStorageMegabytes: 6144 }),
  shots: functionSizeSchema.prefault({ memoryMegabytes: 5307, timeoutSeconds: 900, ephemeralStorageMegabytes: 10_240 }),
  describe: functionSizeSchema.prefault({
    memoryMegabytes: 1769,
    timeoutSeconds: 300,
    ephemeralStorageMegabytes: 2048,
  }),
  enrich: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 300 }),
  index: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 300 }),
  sweepDoubles: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 240 }),
  recordOutcome: functionSizeSchema.prefault({ memoryMegabytes: 512, timeoutSeconds: 60 }),
  search: functionSizeSchema.prefault({ memoryMegabytes: 1769, timeoutSeconds: 29 }),
  api: functionSizeSchema.prefault({ memoryMegabytes: 1024, timeoutSeconds: 29 }),
  countStuckAssets: functionSizeSchema.prefault({ memoryMegabytes: 256, timeoutSeconds: 60 }),
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
});

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
      shots: modelEndpointSchema,
      embed: modelEndpointSchema,
      entities: modelEndpointSchema,
      rerank: modelEndpointSchema,
    }),
    search: searchSchema,
    captions: z.union([z.literal('off'), captionProviderSchema]).default('off'),
    functions: functionSizesSchema.prefault({}),
    /** How many batches of uploads are admitted at once. */
    admitConcurrency: z.number().int().min(2).max(1000).default(10),
    workflowTimeoutHours: z.number().int().min(1).max(48).default(6),
    /** An asset that has been processing for longer than a workflow may last is stuck. */
    api: z
      .strictObject({
        requestsPerSecond: z.number().int().positive().max(10_000).default(50),
        burst: z.number().int().positive().max(5_000).default(100),
      })
      .prefault({}),
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
