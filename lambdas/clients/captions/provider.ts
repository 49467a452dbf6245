import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import type { CaptionProviderSettings } from '../../contracts/captions.ts';
import { bedrockProvider } from './bedrock-provider.ts';
import { openAiProvider } from './openai-provider.ts';
import type { CaptionProvider } from './provider-answer.ts';

/** The provider that the settings name. `apiKey` is asked once, at the first call. */
export function openCaptionProvider(
  settings: CaptionProviderSettings,
  { apiKey }: { apiKey: () => Promise<string | undefined> },
): CaptionProvider {
  return settings.kind === 'bedrock' ? bedrockProvider(settings) : openAiProvider(settings, once(apiKey));
}

/** Reads an API key that a secret holds as it is or as JSON `{"apiKey": "..."}`. */
export async function readApiKey(client: SecretsManagerClient, secretArn: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const secret = (SecretString ?? '').trim();
  if (!secret.startsWith('{')) return secret;
  return z.object({ apiKey: z.string().min(1) }).parse(JSON.parse(secret)).apiKey;
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
