import { z } from 'zod';
import type { CaptionProviderSettings } from '../../contracts/captions.ts';
import { captionRequest, captionRules, maxAnswerTokens } from './prompt.ts';
import { type CaptionProvider, CaptionProviderError, type ProviderAnswer } from './provider-answer.ts';

const maxAnswerBytes = 64 * 1024;
const maxSaidCharacters = 200;

const chatAnswerSchema = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.number().int().nonnegative(), completion_tokens: z.number().int().nonnegative() })
    .nullish(),
});
const errorSchema = z.object({
  error: z.object({ code: z.string().nullish(), type: z.string().nullish(), message: z.string().nullish() }),
});

/** Codes by which servers say that it is the picture. */
const pictureRefused =
  /content_policy|content_filter|responsibleai|moderation|invalid_image|image_parse|unsupported_image/i;
/** Throttling that no waiting ends: the account has no money. */
const accountEmpty = /insufficient_quota|billing/i;

/** https://platform.openai.com/docs/api-reference/chat, which many servers speak. */
export function openAiProvider(
  settings: Extract<CaptionProviderSettings, { kind: 'openai-compatible' }>,
  apiKey: () => Promise<string | undefined>,
): CaptionProvider {
  const url = `${settings.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  return {
    async ask(jpeg, callId) {
      const key = await apiKey();
      const response = await reached(
        fetch(url, {
          method: 'POST',
          // The key must not follow to another host.
          redirect: 'manual',
          signal: AbortSignal.timeout(settings.timeoutSeconds * 1000),
          headers: {
            'content-type': 'application/json',
            'x-client-request-id': callId,
            ...(settings.honoursIdempotencyKey ? { 'idempotency-key': callId } : {}),
            ...(key ? { authorization: `Bearer ${key}` } : {}),
          },
          body: JSON.stringify(requestBody(settings.model, jpeg)),
        }),
      );
      const answer = await readBounded(response);
      if (!response.ok) throw statusError(response, answer);
      return answerOf(answer);
    },
  };
}

const requestBody = (model: string, jpeg: Buffer) => ({
  model,
  max_tokens: maxAnswerTokens,
  messages: [
    { role: 'system', content: captionRules },
    {
      role: 'user',
      content: [
        { type: 'text', text: captionRequest },
        { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${jpeg.toString('base64')}` } },
      ],
    },
  ],
});

/** A connection that was never made cost nothing; what broke off after it may have. */
async function reached(call: Promise<Response>): Promise<Response> {
  try {
    return await call;
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code ?? '';
    const isUnreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
    const kind = isUnreachable.includes(code) ? 'failed' : 'silent';
    throw new CaptionProviderError(kind, `the service did not answer: ${(error as Error).message} ${code}`.trim(), {
      cause: error,
    });
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new CaptionProviderError('silent', `the answer broke off: ${(error as Error).message}`, { cause: error });
  }
  if (bytes > maxAnswerBytes)
    throw new CaptionProviderError('silent', `the answer is longer than ${maxAnswerBytes} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

function answerOf(answer: string): ProviderAnswer {
  const parsed = parsedBy(chatAnswerSchema, answer);
  const choice = parsed?.choices[0];
  if (parsed === undefined || choice === undefined)
    throw new CaptionProviderError('silent', `the service answered outside its contract: ${said(answer)}`);
  const usage = parsed.usage ?? undefined;
  // A refusal in the answer's words was answered, and billed, like any other.
  return {
    text: choice.message.content ?? choice.message.refusal ?? '',
    model: parsed.model,
    usage: usage && { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
  };
}

function statusError(response: Response, answer: string): CaptionProviderError {
  const { status } = response;
  const detail = parsedBy(errorSchema, answer)?.error;
  const message = `the service answered ${status}: ${said(detail?.message ?? answer)}`;
  const code = `${detail?.code ?? ''} ${detail?.type ?? ''}`;
  if (status === 429 && accountEmpty.test(code)) return new CaptionProviderError('turned away', message);
  const wait = { retryAfterMilliseconds: retryAfter(response.headers.get('retry-after'), new Date()) };
  if (status === 429) return new CaptionProviderError('throttled', message, wait);
  if (status >= 500 || status === 408) return new CaptionProviderError('failed', message, wait);
  const isPicture = status === 413 || status === 415 || status === 422 || pictureRefused.test(code);
  return new CaptionProviderError(isPicture ? 'refused' : 'turned away', message);
}

const said = (text: string): string => text.slice(0, maxSaidCharacters);

function parsedBy<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after: seconds, or a date.
 * @returns milliseconds from now, undefined where it is neither.
 */
export function retryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (header.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
