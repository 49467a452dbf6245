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
export const rerankRequestSchema = z.object({ query: z.string(), documents: z.array(z.string()).min(1) });
export const rerankResponseSchema = z.object({ ...modelIdentity, scores: z.array(z.number()) });

/**
 * TF Serving's REST predict API, columnar form: https://www.tensorflow.org/tfx/serving/api_rest
 * One window is 100 frames of 27 x 48 RGB bytes (388,800), the first and last 25 being context.
 */
export const shotsRequestSchema = z.object({
  signature_name: z.literal('serving_bytes'),
  inputs: z.object({ windows: z.array(z.object({ b64: z.string() })).min(1) }),
});
export const shotsResponseSchema = z.object({
  outputs: z.object({ single: z.array(z.array(z.number())), many: z.array(z.array(z.number())) }),
});

/** What every part reads of a package's model.json. */
export const modelPackageSchema = z
  .object({
    name: z.string(),
    endpoint: endpointNameSchema,
    version: z.string(),
    dimension: z.number().int().positive().optional(),
    threshold: z.number().optional(),
    standInFor: z.string().optional(),
  })
  .loose();
export type ModelPackage = z.infer<typeof modelPackageSchema>;
