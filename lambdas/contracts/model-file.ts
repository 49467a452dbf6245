import { z } from 'zod';
import { endpointNameSchema } from './models.ts';

/**
 * A package's model.json, whole. `model-packaging/model.schema.json` is this schema for Python, which holds every package
 * to it before anything is built.
 */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().positive();
const share = z.number().min(0).max(1);

const tensorSchema = z.strictObject({
  type: z.enum(['string', 'bytes', 'float32', 'span']),
  /** Sizes, and names of those that vary. */
  shape: z.array(z.union([count, z.string().min(1)])),
  units: z.string().min(1),
});
const tensorsSchema = z.record(z.string(), tensorSchema);

/** A file of the source; `sha256` is null until the package is pinned, `alternatives` are looked for when it is. */
const sourceFileSchema = z.strictObject({
  file: z.string().min(1),
  sha256: sha256.nullable(),
  alternatives: z.array(z.string()).optional(),
});
const files = { files: z.array(sourceFileSchema).min(1), testFiles: z.array(sourceFileSchema).optional() };
const sourceSchema = z.union([
  z.strictObject({ kind: z.literal('pypi'), package: z.string().min(1), version: z.string().min(1), ...files }),
  z.strictObject({
    kind: z.literal('hub'),
    package: z.string().regex(/^[^/]+\/[^/]+$/),
    revision: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .nullable(),
    ...files,
  }),
]);

const limitsSchema = z.strictObject({
  maxPayloadBytes: count,
  /** Texts, documents or windows of one request. */
  maxBatch: count,
  maxTokens: count.optional(),
  maxTextCharacters: count.optional(),
  contextTokens: count.optional(),
  windowFrames: count.optional(),
  contextFrames: count.optional(),
  strideFrames: count.optional(),
});

/** How a format compares with the fp32 graph of the same weights, on one processor; `npm run measure -- models` writes it. */
const variantSchema = z.strictObject({
  format: z.string().min(1),
  isShipped: z.boolean(),
  processor: z.string().min(1),
  date: z.iso.date(),
  /** Of one query, or of 200 frames that count, one thread: fp32's median time over this one's. */
  timesAsFast: z.number().positive(),
  p50Milliseconds: z.number().positive(),
  peakMegabytes: z.number().positive(),
  /** Of what `quality` of the record names. */
  quality: share,
  qualityDelta: z.number(),
  /** Between a text's vectors in this format and in fp32, where the model gives vectors. */
  leastCosine: z.number().max(1).optional(),
});
const paritySchema = z.looseObject({
  /** What the answers were compared with. */
  with: z.string().min(1),
  measure: z.string().min(1).optional(),
  quality: z.string().min(1).optional(),
  variants: z.array(variantSchema).min(1).optional(),
  footage: z.string().optional(),
  cuts: count.optional(),
  cutsKept: z.number().int().nonnegative().optional(),
  cutsAdded: z.number().int().nonnegative().optional(),
  f1Points: z.number().optional(),
  maxSingleChange: share.optional(),
  maxInt8Change: share.optional(),
});

export const modelFileSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  endpoint: endpointNameSchema,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().regex(/\.$/, 'a description is sentences'),
  /** The package that serves where the model hub is in reach. */
  standInFor: z.string().optional(),
  /** The server whose archive layout the package has. */
  server: z.enum(['torchserve', 'tensorflow-serving']),
  builder: z.string().min(1),
  /** What ships; `onnx` where nothing is said. */
  format: z.string().min(1).optional(),
  source: sourceSchema,
  licence: z.string().min(1),
  licenceSource: z.string().min(1),
  input: tensorsSchema,
  output: tensorsSchema,
  limits: limitsSchema,
  preprocessing: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  labels: z.array(z.string()).min(2).optional(),
  dimension: count.optional(),
  threshold: share.optional(),
  /** `transitionSettingsSchema` of a shots package, which the detector alone reads. */
  postprocessing: z.record(z.string(), z.unknown()).optional(),
  postprocessingTuning: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  parity: paritySchema.optional(),
  adapter: z
    .strictObject({ file: z.string(), rank: count, dtype: z.enum(['float16', 'float32']), recipe: z.string() })
    .optional(),
  trainedOn: z.array(z.strictObject({ name: z.string(), licence: z.string(), source: z.string() })).optional(),
  quality: z.looseObject({ measure: z.string() }).optional(),
});

/** The schema in JSON Schema's words, as `model-packaging/model.schema.json` holds it. */
export const modelFileJsonSchema = (): string =>
  `${JSON.stringify(z.toJSONSchema(modelFileSchema, { target: 'draft-7' }), null, 2)}\n`;
