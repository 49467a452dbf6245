import { z } from 'zod';
import { assetIdSchema } from '../contracts/assets.ts';
import { keyframeSchema, shotSchema } from '../contracts/shots.ts';
import { runSchema } from '../contracts/workflow.ts';
import { lookBytes } from '../detection/frame-look.ts';
import { chunkPlanSchema } from './chunk-plan.ts';

/** What the container says of the one video stream that is used. */
export const videoFactsSchema = z.object({
  container: z.string(),
  codec: z.string(),
  streamIndex: z.number().int(),
  audioStreamIndex: z.number().int().exactOptional(),
  width: z.number().int(),
  height: z.number().int(),
  framesPerSecond: z.number().positive(),
  isInterlaced: z.boolean(),
  promisedSeconds: z.number().exactOptional(),
  startTimecode: z.string().exactOptional(),
  createdAt: z.string().exactOptional(),
});

/** `plan.json`: what every task of the shots step knows of the video. */
export const planFileSchema = z.object({
  assetId: assetIdSchema,
  run: runSchema,
  facts: videoFactsSchema,
  plan: chunkPlanSchema,
  originalBytes: z.number().int().positive(),
});
export type PlanFile = z.infer<typeof planFileSchema>;

/** `frames.json` of a chunk: its own frames, without the context of its windows. */
export const framesFileSchema = z
  .object({
    firstFrame: z.number().int().nonnegative(),
    /** Presentation time of each frame on the clock of the preview, and when the last one ends: microseconds. */
    startMicroseconds: z.array(z.number().int()),
    endMicroseconds: z.number().int(),
    /** The frames' packed looks in base64. */
    looks: z.base64(),
    seams: z.object({ before: z.array(z.number()), after: z.array(z.number()) }),
  })
  .refine(
    ({ startMicroseconds, looks }) => Buffer.byteLength(looks, 'base64') === startMicroseconds.length * lookBytes,
    'every frame has one time and one look',
  );
export type FramesFile = z.infer<typeof framesFileSchema>;

/** A frame that may become a keyframe. */
const candidateSchema = keyframeSchema.pick({ frame: true, seconds: true });

/** `found.json`: the shots, and for each keyframe of each shot the frames to choose from, best first. */
export const foundFileSchema = z.object({
  frameCount: z.number().int().positive(),
  durationSeconds: z.number().nonnegative(),
  shots: z
    .array(shotSchema.omit({ keyframes: true }).extend({ keyframes: z.array(z.array(candidateSchema).min(1)).min(1) }))
    .min(1),
});
export type FoundFile = z.infer<typeof foundFileSchema>;

/** `keyframes.json` of a chunk: its keyframes by `keyframeName`. */
export const keyframesFileSchema = z.record(z.string(), keyframeSchema);
export type KeyframesFile = z.infer<typeof keyframesFileSchema>;
