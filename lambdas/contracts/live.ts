import { z } from 'zod';
import { deskSchema, s3ObjectSchema } from './assets.ts';
import { transitionSchema } from './shots.ts';

/** What the live service puts on EventBridge, under this source. */
export const liveEventSource = 'wirescope.live';
export const liveEventTypes = {
  shotEnded: 'Shot Ended',
  gapBegan: 'Feed Gap Began',
  gapEnded: 'Feed Gap Ended',
} as const;

/** `low-latency` moves its windows in smaller steps: events come sooner, the model has more to do. */
export const liveModeSchema = z.enum(['normal', 'low-latency']);
export type LiveMode = z.infer<typeof liveModeSchema>;

/** A feed's name is part of S3 keys, log lines and alarms. */
export const feedNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a feed is named in lower-case letters, digits and hyphens');
export const feedTitleSchema = z.string().trim().min(1).max(80);

/** A feed as configuration names it; its address is a secret of its own, for it may hold credentials. */
export const feedSchema = z.object({
  name: feedNameSchema,
  title: feedTitleSchema,
  desk: deskSchema,
  mode: liveModeSchema.default('normal'),
});
export type Feed = z.infer<typeof feedSchema>;

const instant = z.iso.datetime({ offset: true });
const frameNumber = z.number().int().nonnegative();
const feedPart = {
  /** The same in a repeated delivery: EventBridge delivers at least once. */
  eventId: z.string(),
  feed: feedNameSchema,
  title: feedTitleSchema,
  desk: deskSchema,
  /** One run of the service on one feed. */
  sessionId: z.string(),
};

/** `Shot Ended`. Frames count from 0 over the session, gaps left out; times are the wall clock's. */
export const shotEndedSchema = z.object({
  ...feedPart,
  index: frameNumber,
  startFrame: frameNumber,
  endFrame: frameNumber,
  startedAt: instant,
  endedAt: instant,
  durationSeconds: z.number().nonnegative(),
  /** Time of day in UTC. */
  startTimecode: z.string(),
  endTimecode: z.string(),
  transitionIn: transitionSchema.omit({ kind: true }).extend({
    /** `gap`: the shot is the first one after a gap, so how it began is not known. */
    kind: z.enum(['start', 'cut', 'gradual', 'gap']),
  }),
  /** `transition`: a cut or a gradual one, which the next shot's `transitionIn` tells; the others are no cuts. */
  endReason: z.enum(['transition', 'gap', 'stopped', 'feed ended']),
  /** Where its clip arrives a moment later and goes the way of every upload into the index. */
  original: s3ObjectSchema,
});
export type ShotEnded = z.infer<typeof shotEndedSchema>;

/** `Feed Gap Began` and, once frames come again, `Feed Gap Ended`. */
export const gapBeganSchema = z.object({
  ...feedPart,
  gap: frameNumber,
  since: instant,
  cause: z.enum(['silence', 'disconnected', 'overload', 'timestamps']),
});
export const gapEndedSchema = z.object({
  ...feedPart,
  gap: frameNumber,
  since: instant,
  until: instant,
  durationSeconds: z.number().nonnegative(),
});
export type GapBegan = z.infer<typeof gapBeganSchema>;
export type GapEnded = z.infer<typeof gapEndedSchema>;

export type LiveEvent =
  | { type: typeof liveEventTypes.shotEnded; detail: ShotEnded }
  | { type: typeof liveEventTypes.gapBegan; detail: GapBegan }
  | { type: typeof liveEventTypes.gapEnded; detail: GapEnded };
