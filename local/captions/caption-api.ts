import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import sharp from 'sharp';
import { z } from 'zod';
import { Meter, pictureTokens, textTokens } from './billing.ts';
import { type Manner, mannerSchema, type PlannedAnswer, politely } from './manner.ts';
import { pictureWords } from './picture-words.ts';

const maxRequestBytes = 20 * 1024 * 1024;
const maxRememberedKeys = 10_000;
const minuteMilliseconds = 60_000;
const declined = "I'm sorry, but I can't help with that.";

/** https://platform.openai.com/docs/api-reference/chat/create, as far as one picture with a prompt needs it. */
const requestSchema = z.object({
  model: z.string().min(1),
  max_tokens: z.number().int().positive().optional(),
  messages: z
    .array(
      z.object({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: z.union([
          z.string(),
          z.array(
            z.discriminatedUnion('type', [
              z.object({ type: z.literal('text'), text: z.string() }),
              z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) }),
            ]),
          ),
        ]),
      }),
    )
    .min(1),
});
type ChatRequest = z.infer<typeof requestSchema>;

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** What is wrong with a request, in the form in which such services say it. */
class RequestFault extends Error {
  override readonly name = 'RequestFault';
}

const refusal = (status: number, type: string, message: string, headers?: Record<string, string>): Answer => ({
  status,
  body: { error: { message, type, param: null, code: type } },
  ...(headers ? { headers } : {}),
});

function readRequest(request: ChatRequest): { picture: Buffer; text: string } {
  const parts = request.messages.flatMap(({ content }) =>
    typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content,
  );
  const urls = parts.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []));
  const data = /^data:image\/(?:jpeg|png|webp|gif);base64,(.+)$/.exec(urls[0] ?? '')?.[1];
  if (urls.length !== 1 || data === undefined) throw new RequestFault('one picture as a data URL is wanted');
  return {
    picture: Buffer.from(data, 'base64'),
    text: parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
  };
}

/**
 * A caption provider for measures and tests: it speaks the OpenAI chat interface, describes a picture by its pixels,
 * counts what it would charge for each picture, and can be told to throttle, fail, refuse, drop and be slow.
 *
 * `POST /v1/chat/completions`; `GET /usage` and `DELETE /usage` for the meter; `GET /manner` and `PUT /manner`.
 */
export function createCaptionApi(manner: Manner = politely): Server {
  const service = new CaptionService(manner);
  return createServer((request, response) => {
    service.serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) write(response, refusal(500, 'server_error', String(error)));
      else response.destroy();
    });
  });
}

class CaptionService {
  private readonly meter = new Meter();
  private readonly answered = new LRUCache<string, Answer>({ max: maxRememberedKeys });
  /** Of the last minute: when each request came and what it was charged. */
  private recent: { at: number; tokens: number }[] = [];
  private manner: Manner;

  constructor(manner: Manner) {
    this.manner = manner;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined)
      return write(response, refusal(413, 'invalid_request_error', `a request has at most ${maxRequestBytes} bytes`));
    switch (`${request.method} ${request.url}`) {
      case 'POST /v1/chat/completions': {
        const answer = await this.complete(request, body);
        return answer === undefined ? void response.destroy() : write(response, answer);
      }
      case 'DELETE /usage':
        this.meter.reset();
        return write(response, { status: 200, body: this.meter.usage() });
      case 'GET /usage':
        return write(response, { status: 200, body: this.meter.usage() });
      case 'PUT /manner':
        return write(response, this.setManner(body));
      case 'GET /manner':
        return write(response, { status: 200, body: this.manner });
      default:
        return write(response, refusal(404, 'invalid_request_error', `there is no ${request.method} ${request.url}`));
    }
  }

  private setManner(body: Buffer): Answer {
    const manner = mannerSchema.safeParse(parseJson(body));
    if (!manner.success) return refusal(400, 'invalid_request_error', z.prettifyError(manner.error));
    this.manner = manner.data;
    return { status: 200, body: this.manner };
  }

  /** @returns undefined where the connection is to end without an answer. */
  private async complete(request: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
    const parsed = requestSchema.safeParse(parseJson(body));
    if (!parsed.success) return refusal(400, 'invalid_request_error', z.prettifyError(parsed.error));
    try {
      const { picture, text } = readRequest(parsed.data);
      return await this.caption(parsed.data, { picture, text, idempotencyKey: request.headers['idempotency-key'] });
    } catch (error) {
      if (error instanceof RequestFault) return refusal(400, 'invalid_request_error', error.message);
      throw error;
    }
  }

  private async caption(
    { model, max_tokens }: ChatRequest,
    { picture, text, idempotencyKey }: { picture: Buffer; text: string; idempotencyKey: unknown },
  ): Promise<Answer | undefined> {
    const fingerprint = createHash('sha256').update(picture).digest('hex');
    const key = this.manner.honoursIdempotencyKeys && typeof idempotencyKey === 'string' ? idempotencyKey : undefined;
    this.meter.called(fingerprint);
    const planned = this.manner.next.shift() ?? this.manner.always;
    await delay(this.manner.delayMilliseconds);
    const earlier = key === undefined ? undefined : this.answered.get(key);
    const withheld = this.withheldAnswer(planned);
    if (withheld) return withheld;
    if (earlier) return planned?.kind === 'drop' ? undefined : earlier;

    const size = await sharp(picture).metadata().catch(notAPicture);
    const words = await this.words(planned, picture, fingerprint);
    const said = words.slice(0, (max_tokens ?? Number.POSITIVE_INFINITY) * 4);
    const tokens = { prompt: textTokens(text) + pictureTokens(size), completion: textTokens(said) };
    this.meter.billed(fingerprint, tokens);
    this.recent.push({ at: Date.now(), tokens: tokens.prompt + tokens.completion });
    const answer = chatAnswer(model, said, tokens, said.length < words.length ? 'length' : 'stop');
    if (key !== undefined) this.answered.set(key, answer);
    return planned?.kind === 'drop' ? undefined : answer;
  }

  /** The answer that stands in the way of a caption and costs nothing. */
  private withheldAnswer(planned: PlannedAnswer | undefined): Answer | undefined {
    const answer = this.overQuota() ?? refusedAs(planned);
    if (answer) this.meter.withheldFor(String(answer.status));
    return answer;
  }

  private overQuota(): Answer | undefined {
    const { requestsPerMinute, tokensPerMinute } = this.manner;
    const now = Date.now();
    this.recent = this.recent.filter(({ at }) => now - at < minuteMilliseconds);
    const tokens = this.recent.reduce((sum, entry) => sum + entry.tokens, 0);
    const isOver =
      this.recent.length >= (requestsPerMinute ?? Number.POSITIVE_INFINITY) ||
      tokens >= (tokensPerMinute ?? Number.POSITIVE_INFINITY);
    if (!isOver) return undefined;
    const freeAt = (this.recent[0]?.at ?? now) + minuteMilliseconds;
    return refusedAs({ kind: 'throttle', retryAfterSeconds: Math.ceil((freeAt - now) / 1000) });
  }

  private words(planned: PlannedAnswer | undefined, picture: Buffer, fingerprint: string): Promise<string> {
    if (planned?.kind === 'say') return Promise.resolve(planned.text);
    if (planned?.kind === 'refuse') return Promise.resolve(declined);
    return pictureWords(picture, fingerprint).catch(notAPicture);
  }
}

function notAPicture(error: unknown): never {
  throw new RequestFault(`the picture cannot be read: ${(error as Error).message}`);
}

function refusedAs(planned: PlannedAnswer | undefined): Answer | undefined {
  switch (planned?.kind) {
    case 'throttle':
      return refusal(429, 'rate_limit_exceeded', 'Rate limit reached for requests', {
        'retry-after': String(planned.retryAfterSeconds),
      });
    case 'fail':
      return refusal(planned.status, 'server_error', 'The server had an error while processing your request');
    case 'policy':
      return refusal(400, 'content_policy_violation', 'Your request was rejected as a result of our safety system');
    default:
      return undefined;
  }
}

function chatAnswer(
  model: string,
  content: string,
  tokens: { prompt: number; completion: number },
  finishReason: 'stop' | 'length',
): Answer {
  return {
    status: 200,
    body: {
      id: `chatcmpl-${createHash('sha256').update(content).digest('hex').slice(0, 24)}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: finishReason }],
      usage: {
        prompt_tokens: tokens.prompt,
        completion_tokens: tokens.completion,
        total_tokens: tokens.prompt + tokens.completion,
      },
    },
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  }
  return bytes > maxRequestBytes ? undefined : Buffer.concat(chunks);
}

function write(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
