import { z } from 'zod';
import { assetIdSchema } from './assets.ts';
import { shotsModelSchema } from './models.ts';

const frameNumber = z.number().int().nonnegative();

/**
 * How a shot begins. `start`: with the video; `cut`: from one frame to the next; `gradual`: by a dissolve, fade, wipe or
 * another transition that takes several frames.
 */
export const transitionSchema = z.object({
  kind: z.enum(['start', 'cut', 'gradual']),
  /**
   * First and last frame of the transition. Those of a gradual one show something of both shots, or of neither, and lie
   * between the shots; of a start or a cut both are the shot's first frame.
   */
  firstFrame: frameNumber,
  lastFrame: frameNumber,
  /** The model's highest probability of it, 0 for a start. */
  probability: z.number().min(0).max(1),
});
export type Transition = z.infer<typeof transitionSchema>;

export const keyframeSchema = z.object({
  frame: frameNumber,
  seconds: z.number().nonnegative(),
  key: z.string(),
  thumbnailKey: z.string(),
  /** Of the JPEG at `key`: 64 bits as 16 hexadecimal digits. */
  perceptualHash: z.string(),
});
export type Keyframe = z.infer<typeof keyframeSchema>;

/** `shots.json`: what the shots step leaves. Times come from the stream's own presentation timestamps. */
export const shotSchema = z.object({
  index: z.number().int().nonnegative(),
  /** First and last frame, both inside the shot, counted from 0 over the decoded stream. */
  startFrame: frameNumber,
  endFrame: frameNumber,
  startSeconds: z.number().nonnegative(),
  endSeconds: z.number().nonnegative(),
  /** SMPTE `HH:MM:SS:FF` counted from the start of the stream (or its own start timecode where it has one). */
  startTimecode: z.string(),
  endTimecode: z.string(),
  transitionIn: transitionSchema,
  /** One or more by the shot's length, the one that stands for the shot first. */
  keyframes: z.array(keyframeSchema).min(1),
});
export type Shot = z.infer<typeof shotSchema>;

/** The keyframe that stands for a shot where there is room for one. */
export const bestKeyframe = ({ keyframes }: Pick<Shot, 'keyframes'>): Keyframe => keyframes[0] as Keyframe;

export const shotsFileSchema = z.object({
  assetId: assetIdSchema,
  model: shotsModelSchema,
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
