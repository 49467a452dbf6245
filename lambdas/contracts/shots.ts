import { z } from 'zod';
import { assetIdSchema } from './assets.ts';

/** `shots.json`: what the shots step leaves. Times come from the stream's own presentation timestamps. */
export const shotSchema = z.object({
  index: z.number().int().nonnegative(),
  /** First and last frame, both inside the shot, counted from 0 over the decoded stream. */
  startFrame: z.number().int().nonnegative(),
  endFrame: z.number().int().nonnegative(),
  startSeconds: z.number().nonnegative(),
  endSeconds: z.number().nonnegative(),
  /** SMPTE `HH:MM:SS:FF` counted from the start of the stream (or its own start timecode where it has one). */
  startTimecode: z.string(),
  endTimecode: z.string(),
  /** Highest probability of a transition at this shot's first frame; 0 for the first shot. */
  transitionProbability: z.number().min(0).max(1),
  keyframe: z.object({
    frame: z.number().int().nonnegative(),
    seconds: z.number().nonnegative(),
    key: z.string(),
    thumbnailKey: z.string(),
    perceptualHash: z.string().optional(),
  }),
});
export type Shot = z.infer<typeof shotSchema>;

export const shotsFileSchema = z.object({
  assetId: assetIdSchema,
  model: z.object({ name: z.string(), version: z.string(), threshold: z.number() }),
  video: z.object({
    frameCount: z.number().int().positive(),
    durationSeconds: z.number().nonnegative(),
    framesPerSecond: z.number().positive(),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    codec: z.string(),
    container: z.string(),
    createdAt: z.iso.datetime({ offset: true }).optional(),
  }),
  previewKey: z.string().optional(),
  shots: z.array(shotSchema).min(1),
});
export type ShotsFile = z.infer<typeof shotsFileSchema>;
