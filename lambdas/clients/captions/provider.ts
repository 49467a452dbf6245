import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import type { CaptionProviderSettings } from '../../contracts/captions.ts';
import { isPassingFault } from '../passing-faults.ts';
import { bedrockProvider } from './bedrock-provider.ts';
import { openAiProvider } from './openai-provider.ts';
import { type CaptionProvider, CaptionProviderError } from './provider-answer.ts';

/**
 * The provider that the settings name. `apiKey` is asked once, at the first call; where it cannot be read, the call
 * fails as one that never reached the provider.
 */
export function openCaptionProvider(
  settings: CaptionProviderSettings,
  { apiKey }: { apiKey: () => Promise<string | undefined> },
): CaptionProvider {
  return settings.kind === 'bedrock'
    ? bedrockProvider(settings)
    : openAiProvider(
        settings,
        once(() => readable(apiKey)),
      );
}

/** Reads an API key that a secret holds as it is or as JSON `{"apiKey": "..."}`. */
export async function readApiKey(client: SecretsManagerClient, secretArn: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const secret = (SecretString ?? '').trim();
  if (!secret.startsWith('{')) return secret;
  return z.object({ apiKey: z.string().min(1) }).parse(JSON.parse(secret)).apiKey;
}

/** A secret store that is away for a moment is no reason to lose a picture, nor is a key that nobody has put there. */
async function readable<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    const kind = isPassingFault(error) ? 'failed' : 'turned away';
    throw new CaptionProviderError(kind, `the service's key cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | undefined;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}
