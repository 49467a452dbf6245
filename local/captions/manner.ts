import { z } from 'zod';

/** How the service answers; each is also what a real provider does on a bad day. */
const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('throttle'), retryAfterSeconds: z.number().min(0).max(600).default(1) }),
  z.object({ kind: z.literal('fail'), status: z.number().int().min(500).max(599).default(503) }),
  /** The model declines in words, as a finished answer that is charged for. */
  z.object({ kind: z.literal('refuse') }),
  /** The content policy stops the request before the model sees it. */
  z.object({ kind: z.literal('policy') }),
  /** The connection ends without an answer; what the model did is charged for. */
  z.object({ kind: z.literal('drop') }),
  /** These words instead of a caption. */
  z.object({ kind: z.literal('say'), text: z.string() }),
]);
export type PlannedAnswer = z.infer<typeof answerSchema>;

export const mannerSchema = z.strictObject({
  /** How long each answer takes. */
  delayMilliseconds: z.number().min(0).max(120_000).default(0),
  /** The next calls are answered so, one each; after them captions come again. */
  next: z.array(answerSchema).max(10_000).default([]),
  /** Every call after these is answered so. */
  always: answerSchema.optional(),
  /** Quotas of a provider: more in a minute is throttled. */
  requestsPerMinute: z.number().int().positive().optional(),
  tokensPerMinute: z.number().int().positive().optional(),
  /** Whether a request with an `Idempotency-Key` seen before gets its first answer again, uncharged. */
  honoursIdempotencyKeys: z.boolean().default(false),
});
export type Manner = z.infer<typeof mannerSchema>;
export const politely: Manner = mannerSchema.parse({});
