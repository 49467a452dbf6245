import { z } from 'zod';

/** Wire contracts of the model endpoints, held by the handlers in model-packaging. */
export const endpointNameSchema = z.enum(['shots', 'embed', 'entities', 'rerank']);
export type EndpointName = z.infer<typeof endpointNameSchema>;

const modelIdentity = { model: z.string(), version: z.string() };

export const entityLabelSchema = z.enum(['PER', 'ORG', 'LOC', 'MISC']);
export type EntityLabel = z.infer<typeof entityLabelSchema>;

/** `start` and `end` are offsets in Unicode code points of the text that was sent, end exclusive. */
export const entitySpanSchema = z.object({
  text: z.string(),
  label: entityLabelSchema,
  start: z.number().int().nonnegative(),
  end: z.number().int().positive(),
  score: z.number().min(0).max(1),
});
export type EntitySpan = z.infer<typeof entitySpanSchema>;

export const embedRequestSchema = z.object({ texts: z.array(z.string()).min(1) });
export const embedResponseSchema = z.object({ ...modelIdentity, vectors: z.array(z.array(z.number())) });
export const entitiesRequestSchema = z.object({ texts: z.array(z.string()).min(1) });
export const entitiesResponseSchema = z.object({ ...modelIdentity, entities: z.array(z.array(entitySpanSchema)) });
export const rerankRequestSchema = z.object({
  query: z.string(),
  documents: z.array(z.string()).min(1),
  /** Words of the query that the answer may speak of, in code points, end exclusive. */
  words: z.array(z.object({ start: z.number().int().nonnegative(), end: z.number().int().positive() })).optional(),
});
export const rerankResponseSchema = z.object({
  ...modelIdentity,
  scores: z.array(z.number()),
  /**
   * For each document how far it bears each asked word out, in [-1, 1]; null for a word beyond what the model reads. A
   * model that reads query and document as one sequence leaves it out.
   */
  support: z.array(z.array(z.number().nullable())).optional(),
});

/**
 * TF Serving's REST predict API, columnar form: https://www.tensorflow.org/tfx/serving/api_rest
 * A window is frames of 27 x 48 RGB bytes (3,888 each), as many as the sender likes and all windows of a request alike;
 * the package's `limits` say how the archive cuts them and how many of them are context.
 */
export const shotsRequestSchema = z.object({
  signature_name: z.literal('serving_bytes'),
  inputs: z.object({ windows: z.array(z.object({ b64: z.string() })).min(1) }),
});
export const shotsResponseSchema = z.object({
  outputs: z.object({ single: z.array(z.array(z.number())), many: z.array(z.array(z.number())) }),
});

const share = z.number().min(0).max(1);
const frames = z.number().int().nonnegative();

/**
 * How the two heads' probabilities and the frames' looks become transitions: `postprocessing` of a shots package. The
 * values are chosen on the tuning half of the benchmark; distances are those of `lookDistance`, in luma from 0 to 255.
 */
export const transitionSettingsSchema = z.object({
  cut: z.object({
    /** Below it `single` says nothing. */
    minimumProbability: share.positive(),
    /** A cut's step is at least so many times the largest other one at most `stepFrames` away. */
    minimumStepRatio: z.number().positive(),
    stepFrames: frames.positive(),
    /** Below it a cut needs a step of `minimumDoubtfulStepRatio`, and so large a part that changes as at no frame near by. */
    sureProbability: share,
    minimumDoubtfulStepRatio: z.number().positive(),
    minimumDoubtfulUnusualShare: share,
    /** A smaller part of the picture that changes is a graphic, bars or a picture in the picture. */
    minimumChangedShare: share,
    /**
     * The evidence: the logarithm of the odds of `single`, and this many times the share of the picture that changes as
     * it does at no frame near by. It is a cut from `minimumEvidence` on.
     */
    unusualWeight: z.number().nonnegative(),
    minimumEvidence: z.number(),
    /** `single`, the step from before the flash to after it, and that to the largest other one, for a cut under a flash. */
    underFlashProbability: share.positive(),
    minimumFlashedStep: z.number().nonnegative(),
    minimumFlashedStepRatio: z.number().positive(),
  }),
  gradual: z.object({
    /** `many` must reach it somewhere in the transition. */
    threshold: share,
    /** The transition reaches as far as `many` stays at or above it. */
    extentThreshold: share,
    /** Frames below `extentThreshold` that do not end a transition; those of less contrast than `flatContrast` do not count. */
    gapFrames: frames,
    flatContrast: z.number().nonnegative(),
    minimumFrames: frames.positive(),
    maximumFrames: frames.positive(),
    /** The change from the picture before to the picture after as a share of all that changes on the way. */
    minimumDirectness: share,
    /** A larger share of the change in one step is a cut or a flash. */
    maximumStepShare: share,
  }),
  /** Wipes and slides, which the model hardly sees: every part of the picture changes once, one after another. */
  wipe: z.object({
    /** `many` must reach it somewhere in the wipe. */
    supportedThreshold: share,
    /** Weights of what a stretch of pictures shows (`WipeFeatures`): it is a wipe where they add up to more than 0. */
    evidence: z.object({
      intercept: z.number(),
      lasting: z.number(),
      quick: z.number(),
      spread: z.number(),
      inOrder: z.number(),
      active: z.number(),
      step: z.number(),
      changed: z.number(),
      change: z.number(),
      probability: z.number(),
      length: z.number(),
      sharpness: z.number(),
      neither: z.number(),
    }),
    /** A slide's pictures differ from the two pictures laid side by side by no more than this share of the change. */
    maximumSlideResidual: share,
    /** `many` must reach the one somewhere in a slide, and not the other: that is a camera that is torn round. */
    minimumSlideProbability: share,
    maximumSlideProbability: share,
  }),
  flash: z.object({
    /** How far before and after a jump of the picture the same picture is looked for. */
    frames,
    /** It is a flash where what was before and what comes after differ by at most this share of the jump. */
    returnShare: share,
    /** The flash is at least so much brighter, or darker, than the picture around it. */
    minimumBrightnessChange: z.number().nonnegative(),
    /** Light alone multiplies every part of the picture alike: at most this share of the change is left unexplained. */
    maximumLightResidual: share,
  }),
  /** A cut that would end a shorter shot is none. */
  minimumShotFrames: frames.positive(),
});
export type TransitionSettings = z.infer<typeof transitionSettingsSchema>;

/** The windows that a shots package takes: `limits` in its model.json. */
export const windowGeometrySchema = z.object({
  windowFrames: frames.positive(),
  /** Frames at the beginning of a window that do not count. */
  contextFrames: frames,
  /** Frames after them that count, and how far one window is from the next. */
  strideFrames: frames.positive(),
});
export type WindowGeometry = z.infer<typeof windowGeometrySchema>;

/** What a function that finds shots knows of the model: identity, what it takes, and how its answers are read. */
export const shotsModelSchema = z.object({
  name: z.string(),
  version: z.string(),
  limits: windowGeometrySchema.extend({ /** Windows in a request. */ maxBatch: frames.positive() }),
  postprocessing: transitionSettingsSchema,
});
export type ShotsModel = z.infer<typeof shotsModelSchema>;

/**
 * What SageMaker publishes when an asynchronous inference has ended:
 * https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
 */
export const inferenceResultSchema = z.object({
  invocationStatus: z.enum(['Completed', 'Failed']),
  inferenceId: z.string(),
  failureReason: z.string().optional(),
  requestParameters: z.object({ endpointName: z.string(), inputLocation: z.string().optional() }),
  responseParameters: z
    .object({ outputLocation: z.string().optional(), failureLocation: z.string().optional() })
    .nullish()
    .transform((parameters) => parameters ?? {}),
});
export type InferenceResult = z.infer<typeof inferenceResultSchema>;

/** What every part reads of a package's model.json. */
export const modelPackageSchema = z
  .object({
    name: z.string(),
    endpoint: endpointNameSchema,
    version: z.string(),
    dimension: z.number().int().positive().optional(),
    threshold: z.number().optional(),
    limits: z.record(z.string(), z.number()).optional(),
    postprocessing: transitionSettingsSchema.optional(),
    /** What the archive holds where it is not fp32 ONNX; the packager knows which formats there are. */
    format: z.string().optional(),
    standInFor: z.string().optional(),
  })
  .loose();
export type ModelPackage = z.infer<typeof modelPackageSchema>;
