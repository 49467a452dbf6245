import { createHash } from 'node:crypto';
import { type CaptionSettings, modelOf } from '../../contracts/captions.ts';
import { captionPromptVersion } from './prompt.ts';

/** Grows with whatever changes the picture that is sent, beside the settings that stand in the key themselves. */
const recipeVersion = '1';

/**
 * What a caption is paid for: these bytes, sent in this way, under this prompt, to this model. The original's hash
 * stands for the picture, not the hash of what is sent: it is known before anything is decoded, and another version of
 * the encoder makes other bytes of the same picture.
 * @param sourceSha256 of the original photo or of the keyframe as it is stored.
 */
export function captionKey(
  sourceSha256: string,
  { provider, image }: Pick<CaptionSettings, 'provider' | 'image'>,
): string {
  const recipe = [recipeVersion, image.longestEdgePixels, image.billing.rule];
  return createHash('sha256')
    .update(JSON.stringify([sourceSha256, recipe, captionPromptVersion, provider.kind, modelOf(provider)]))
    .digest('hex');
}

/**
 * Names one call to the provider, in the budget and in the request. A provider that bills a name once is told the same
 * one by whoever makes the call; of any other each claim's call is counted by itself, because it is billed by itself.
 */
export const callId = (key: string, fence: number, { isBilledOnce }: { isBilledOnce: boolean }): string =>
  isBilledOnce ? key : `${key}.${fence}`;
export const captionKeyOfCall = (id: string): string => id.split('.')[0] ?? id;
export const isBilledOnce = (id: string): boolean => !id.includes('.');
