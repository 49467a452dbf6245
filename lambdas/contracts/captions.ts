import { z } from 'zod';
import { assetIdSchema, deskSchema } from './assets.ts';

const microDollars = z.number().int().nonnegative();
const perMinute = z.number().int().positive();

/** The external multimodal API behind the captions. */
export const captionProviderSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('openai-compatible'),
    /** Up to and without `/chat/completions`, for instance `https://api.example.com/v1`. */
    baseUrl: z.url(),
    model: z.string().min(1),
    timeoutSeconds: z.number().positive().max(60).default(30),
    /**
     * Whether the service bills a request that it gets again under the same `Idempotency-Key` once only. Set it only
     * where the service's own documentation promises it: OpenAI's does not.
     */
    honoursIdempotencyKey: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('bedrock'),
    modelId: z.string().min(1),
    region: z.string().optional(),
    timeoutSeconds: z.number().positive().max(60).default(30),
  }),
]);
export type CaptionProviderSettings = z.infer<typeof captionProviderSchema>;

/** How a provider counts the tokens of a picture. */
export const imageBillingSchema = z.discriminatedUnion('rule', [
  /** A base, and so many for each tile of 512 pixels after the picture was fitted into 2048 and its short side to 768. */
  z.strictObject({
    rule: z.literal('tiles'),
    baseTokens: z.number().int().nonnegative(),
    tokensPerTile: z.number().int().positive(),
  }),
  /** One for each patch of so many pixels, up to a limit, times a factor of the model's. */
  z.strictObject({
    rule: z.literal('patches'),
    patchPixels: z.number().int().positive().default(32),
    maxPatches: z.number().int().positive(),
    multiplier: z.number().positive().default(1),
  }),
  /** One for so many pixels. */
  z.strictObject({ rule: z.literal('area'), pixelsPerToken: z.number().int().positive() }),
  /** The same for every picture. */
  z.strictObject({ rule: z.literal('fixed'), tokens: z.number().int().positive() }),
]);
export type ImageBilling = z.infer<typeof imageBillingSchema>;

/** All that an environment says of its captions. Money is whole micro-dollars: a millionth of a US dollar. */
export const captionSettingsSchema = z.strictObject({
  provider: captionProviderSchema,
  /** As the provider publishes them, so that whoever reads a bill can tell how old they are. */
  prices: z.strictObject({
    inputMicroDollarsPerMillionTokens: microDollars,
    outputMicroDollarsPerMillionTokens: microDollars,
    asOf: z.iso.date(),
    source: z.string().min(1),
  }),
  image: z.strictObject({
    billing: imageBillingSchema,
    longestEdgePixels: z.number().int().min(256).max(2048).default(1024),
  }),
  budget: z.strictObject({
    /** Of each desk on each UTC day. Nothing is sent that could pass it. */
    microDollarsPerDeskAndDay: microDollars,
    /** Desks with a limit of their own. */
    desks: z.record(deskSchema, microDollars).default({}),
    alarmAtPercent: z.number().int().min(1).max(99).default(80),
  }),
  /** Usage terms, word for word, under which a picture may be sent; those of open licences are known. */
  sentUsageTerms: z.array(z.string().min(1)).default([]),
  /** What the provider lets this account ask, over all workers. */
  quota: z.strictObject({
    requestsPerMinute: perMinute,
    tokensPerMinute: perMinute,
    /** A picture whose turn is further away than this is captioned later. */
    maxWaitSeconds: z.number().int().min(1).max(60).default(20),
  }),
});
export type CaptionSettings = z.infer<typeof captionSettingsSchema>;

export class CaptionSettingsError extends Error {
  override readonly name = 'CaptionSettingsError';
}

/**
 * Reads the captions' environment variable: `off` or the settings as JSON.
 * @throws CaptionSettingsError where it is neither.
 */
export function parseCaptionSettings(value: string): CaptionSettings | undefined {
  if (value === 'off') return undefined;
  try {
    return captionSettingsSchema.parse(JSON.parse(value));
  } catch (error) {
    throw new CaptionSettingsError('the captions are neither "off" nor settings that fit', { cause: error });
  }
}

/** Pictures of one asset: a long video without a shotlist must not empty the budget. */
export const maxCaptionsPerAsset = 60;

export const modelOf = (provider: CaptionProviderSettings): string =>
  provider.kind === 'bedrock' ? provider.modelId : provider.model;

export const dailyLimit = ({ budget }: Pick<CaptionSettings, 'budget'>, desk: string): number =>
  budget.desks[desk] ?? budget.microDollarsPerDeskAndDay;

/** The UTC day that a call is paid on, `yyyy-mm-dd`. */
export const budgetDay = (now: Date): string => now.toISOString().slice(0, 10);

/** Rows of the captions in the ledger's table. */
export const captionKeys = {
  /** One caption as a side effect: claimed, paid for and confirmed once, whichever assets show the picture. */
  caption: (captionKey: string) => ({ pk: `CAPTION#${captionKey}`, sk: 'CAPTION' }),
  /** What one desk spends on one day, in one item: the provider's quota keeps it far below a partition's limit. */
  spend: (desk: string, day: string) => ({ pk: `CAPTION_SPEND#${desk}#${day}`, sk: 'SPEND' }),
  quota: (model: string) => ({ pk: `CAPTION_PROVIDER#${model}`, sk: 'QUOTA' }),
  breaker: (model: string) => ({ pk: `CAPTION_PROVIDER#${model}`, sk: 'BREAKER' }),
  /** Which caption a document shows or is to show: what a near-duplicate reuses and a withdrawal takes away. */
  use: (assetId: string, documentId: string) => ({
    pk: `ASSET#${assetId}`,
    sk: `${captionKeys.usePrefix}${documentId}`,
  }),
  usePrefix: 'CAPTION#',
  /** That an asset has pictures to be captioned later. */
  waiting: (assetId: string) => ({ pk: `ASSET#${assetId}`, sk: 'CAPTIONS_WAITING' }),
} as const;

/** The index `byUnsettled` lists waiting captions too, under partitions of their own, the longest due first. */
export const waitingShards = 4;
export const waitingPk = (shard: number): string => `CAPTIONS_WAITING#${shard}`;

const instant = z.iso.datetime({ offset: true });

/** One desk's day. A reservation stays counted until it is settled, released, or known not to have been billed. */
export const spendSchema = z.object({
  /** As of the last reservation. */
  limitMicroDollars: microDollars.optional(),
  spentMicroDollars: microDollars,
  calls: z.number().int().nonnegative(),
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  /** Calls that may be under way, by reservation. */
  reservations: z.record(z.string(), z.object({ microDollars, expiresAt: instant })),
  /** Calls whose worker never said how they ended, at their full reservation: they may have been billed. */
  unaccounted: z.record(z.string(), microDollars),
});
export type Spend = z.infer<typeof spendSchema>;

/** Milliseconds since the epoch at which the next request, and the next token, would be due at the steady rate. */
export const quotaStateSchema = z.object({
  requestsDueAt: z.number(),
  tokensDueAt: z.number(),
  /** Nobody asks before it: the provider said so by `Retry-After`. */
  pausedUntil: z.number(),
});
export type QuotaState = z.infer<typeof quotaStateSchema>;

export const breakerStateSchema = z.object({
  /** Milliseconds since the epoch of failures within the window. */
  failures: z.array(z.number()),
  /** Set while the breaker is open: the time from which one probe may pass. */
  opensAt: z.number().optional(),
  /** Set while a probe is under way: the time at which it is taken for lost. */
  probeUntil: z.number().optional(),
  /** How often it opened without a success in between: each time it stays open for longer. */
  openings: z.number().int().nonnegative(),
});
export type BreakerState = z.infer<typeof breakerStateSchema>;

/** What a provider said of a picture, as it was paid for. The words are linted where they are used, not here. */
export const captionResultSchema = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('answered'),
    text: z.string(),
    /** As the provider names it; more exact than the model that was asked for. */
    model: z.string(),
    promptVersion: z.string(),
    inputTokens: z.number().int().nonnegative(),
    outputTokens: z.number().int().nonnegative(),
    costMicroDollars: microDollars,
    reservation: z.object({ desk: deskSchema, day: z.iso.date(), id: z.string() }),
    answeredAt: instant,
  }),
  /** The provider will not describe this picture. Asking again would be refused again. */
  z.object({ state: z.literal('refused'), reason: z.string(), answeredAt: instant }),
]);
export type CaptionResult = z.infer<typeof captionResultSchema>;
export type CaptionAnswer = Extract<CaptionResult, { state: 'answered' }>;

export const captionUseSchema = z.object({ assetId: assetIdSchema, documentId: z.string(), captionKey: z.string() });
export type CaptionUse = z.infer<typeof captionUseSchema>;

/**
 * Why pictures are captioned later: the desk's money for the day is spent, the provider is away or sends everybody
 * away, the account's turn was too far off, another worker is at it, or the asset is still under embargo.
 */
export const waitingReasonSchema = z.enum(['budget', 'provider', 'quota', 'busy', 'embargo']);
export type WaitingReason = z.infer<typeof waitingReasonSchema>;
export const waitingInWords: Readonly<Record<WaitingReason, string>> = {
  budget: 'the desk’s captions for today are spent',
  provider: 'the caption service does not answer',
  quota: 'the caption service takes no more at the moment',
  busy: 'another worker is captioning the same picture',
  embargo: 'it is under embargo',
};

export const waitingCaptionsSchema = z.object({
  assetId: assetIdSchema,
  desk: deskSchema,
  reason: waitingReasonSchema,
  pictures: z.number().int().positive(),
  /** When the asset's pictures began to wait. */
  since: instant,
  /** Not tried before it. */
  dueAt: instant,
  /** Attempts that were begun for these captions so far. */
  tries: z.number().int().nonnegative(),
  /** The attempt that was last begun for them: it is started again where its start was lost. */
  attempt: z.number().int().positive().optional(),
});
export type WaitingCaptions = z.infer<typeof waitingCaptionsSchema>;
