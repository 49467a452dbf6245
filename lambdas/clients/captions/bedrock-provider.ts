import { BedrockRuntimeClient, ConverseCommand, type ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import type { CaptionProviderSettings } from '../../contracts/captions.ts';
import { captionRequest, captionRules, maxAnswerTokens } from './prompt.ts';
import { type CaptionProvider, CaptionProviderError, type ProviderFailure } from './provider-answer.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors */
const failures: Readonly<Record<string, ProviderFailure>> = {
  ThrottlingException: 'throttled',
  ServiceQuotaExceededException: 'throttled',
  ModelNotReadyException: 'throttled',
  InternalServerException: 'failed',
  ServiceUnavailableException: 'failed',
  ModelErrorException: 'failed',
  ModelTimeoutException: 'silent',
  TimeoutError: 'silent',
  AbortError: 'silent',
  AccessDeniedException: 'turned away',
  ResourceNotFoundException: 'turned away',
  ValidationException: 'turned away',
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function bedrockProvider(settings: Extract<CaptionProviderSettings, { kind: 'bedrock' }>): CaptionProvider {
  // Each try costs a turn and must be seen by the budget: the SDK makes none of its own.
  const client = new BedrockRuntimeClient({
    maxAttempts: 1,
    ...(settings.region === undefined ? {} : { region: settings.region }),
  });
  return {
    async ask(jpeg, callId) {
      const answer = await reached(
        client.send(
          new ConverseCommand({
            modelId: settings.modelId,
            system: [{ text: captionRules }],
            messages: [
              {
                role: 'user',
                content: [{ text: captionRequest }, { image: { format: 'jpeg', source: { bytes: jpeg } } }],
              },
            ],
            inferenceConfig: { maxTokens: maxAnswerTokens },
            // Seen in the invocation logs; Bedrock bills by it no less often.
            requestMetadata: { callId },
          }),
          { abortSignal: AbortSignal.timeout(settings.timeoutSeconds * 1000) },
        ),
      );
      const { inputTokens, outputTokens } = answer.usage ?? {};
      return {
        text: answer.output?.message?.content?.find(({ text }) => text !== undefined)?.text ?? '',
        model: settings.modelId,
        usage: inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens },
      };
    },
  };
}

async function reached(call: Promise<ConverseCommandOutput>): Promise<ConverseCommandOutput> {
  try {
    return await call;
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    const isUnreachable = code === 'ECONNREFUSED' || code === 'ENOTFOUND';
    const kind = isUnreachable ? 'failed' : (failures[name] ?? 'silent');
    throw new CaptionProviderError(kind, `Bedrock did not answer: ${name}: ${message}`, { cause: error });
  }
}
