import { z } from 'zod';

/** Settings of the external multimodal API that captions what nobody has described; `off` calls nobody. */
export const captionProviderSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('openai-compatible'),
    /** Up to and without `/chat/completions`, for instance `https://api.example.com/v1`. */
    baseUrl: z.url(),
    model: z.string().min(1),
    timeoutSeconds: z.number().positive().max(120).default(30),
  }),
  z.object({
    kind: z.literal('bedrock'),
    modelId: z.string().min(1),
    region: z.string().optional(),
    timeoutSeconds: z.number().positive().max(120).default(30),
  }),
]);
export type CaptionProviderSettings = z.infer<typeof captionProviderSchema>;

export class CaptionSettingsError extends Error {
  override readonly name = 'CaptionSettingsError';
}

/**
 * Reads the caption provider's environment variable: `off` or the settings as JSON.
 * @throws CaptionSettingsError where it is neither.
 */
export function parseCaptionProvider(value: string): CaptionProviderSettings | undefined {
  if (value === 'off') return undefined;
  try {
    return captionProviderSchema.parse(JSON.parse(value));
  } catch (error) {
    throw new CaptionSettingsError('the caption provider is neither "off" nor settings that fit', { cause: error });
  }
}
