import { type CaptionSettings, captionSettingsSchema } from '../../../lambdas/contracts/captions.ts';

/** Settings of a provider that speaks OpenAI's interface, with a dollar a desk and day. */
export const captionSettings = (
  changes: {
    provider?: Record<string, unknown>;
    budget?: Record<string, unknown>;
    quota?: Record<string, unknown>;
  } = {},
): CaptionSettings =>
  captionSettingsSchema.parse({
    provider: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', model: 'vision-1', ...changes.provider },
    prices: {
      inputMicroDollarsPerMillionTokens: 150_000,
      outputMicroDollarsPerMillionTokens: 600_000,
      asOf: '2026-05-01',
      source: 'made up for tests',
    },
    image: { billing: { rule: 'tiles', baseTokens: 85, tokensPerTile: 170 } },
    budget: { microDollarsPerDeskAndDay: 1_000_000, ...changes.budget },
    quota: { requestsPerMinute: 600, tokensPerMinute: 1_000_000, ...changes.quota },
  });
