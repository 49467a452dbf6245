import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { retryAfter } from '../../../../lambdas/clients/captions/openai-provider.ts';
import { openCaptionProvider, readApiKey } from '../../../../lambdas/clients/captions/provider.ts';
import { captionProviderSchema, parseCaptionSettings } from '../../../../lambdas/contracts/captions.ts';
import { captionSettings } from '../../support/caption-settings.ts';

const jpeg = Buffer.from('a picture');
const noKey = { apiKey: async () => undefined };
let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<void>((closed) => (server === undefined ? closed() : server.close(() => closed())));
  server = undefined;
});

interface Asked {
  url: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: { model: string; messages: { role: string; content: unknown }[] };
}
interface Answer {
  status?: number;
  body: string;
  headers?: Record<string, string>;
}
/** A chat-completions server with one answer; undefined closes the connection instead. */
async function serverThat(answer: Answer | undefined) {
  const asked: Asked[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push({ url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    if (answer === undefined) return void response.destroy();
    const { status = 200, body, headers } = answer;
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere', ...headers });
    response.end(body);
  });
  await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { asked, settings: settingsOf({ baseUrl }) };
}
const settingsOf = (changes: Record<string, unknown>) =>
  captionProviderSchema.parse({ kind: 'openai-compatible', model: 'vision-1', timeoutSeconds: 2, ...changes });
const saying = (content: string | null, usage?: object): Answer => ({
  body: JSON.stringify({ model: 'vision-1-2026-04', choices: [{ message: { content } }], usage }),
});
const error = (status: number, code: string, headers?: Record<string, string>): Answer => ({
  status,
  body: JSON.stringify({ error: { code, type: code, message: `about ${code}` } }),
  ...(headers ? { headers } : {}),
});

describe('an OpenAI-compatible caption provider', () => {
  it.each([
    ['the secret store throttles', 'ThrottlingException', 400, 'failed'],
    ['the secret store is broken', 'InternalServiceError', 500, 'failed'],
    ['the secret is not there', 'ResourceNotFoundException', 400, 'turned away'],
  ])(
    'fails without having been asked where %s, and is asked with the key once it can be read',
    async (_, name, httpStatusCode, kind) => {
      const { asked, settings } = await serverThat(saying('A ferry at dawn.'));
      const refused = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
      let isAway = true;
      const provider = openCaptionProvider(settings, {
        apiKey: async () => {
          if (isAway) throw refused;
          return 'secret';
        },
      });
      await expect(provider.ask(jpeg, 'call-1')).rejects.toMatchObject({ name: 'CaptionProviderError', kind });
      expect(asked).toEqual([]);
      isAway = false;
      await provider.ask(jpeg, 'call-1');
      expect(asked[0]?.headers['authorization']).toBe('Bearer secret');
    },
  );

  it('sends the rules apart from the picture, the key, and a name of the call', async () => {
    const { asked, settings } = await serverThat(
      saying('A ferry at dawn.', { prompt_tokens: 900, completion_tokens: 6 }),
    );
    const provider = openCaptionProvider(settings, { apiKey: async () => 'secret' });
    expect(await provider.ask(jpeg, 'call-1')).toEqual({
      text: 'A ferry at dawn.',
      model: 'vision-1-2026-04',
      usage: { inputTokens: 900, outputTokens: 6 },
    });
    const [{ url, headers, body } = {} as Asked] = asked;
    expect([url, headers['authorization'], headers['x-client-request-id']]).toEqual([
      '/v1/chat/completions',
      'Bearer secret',
      'call-1',
    ]);
    expect(headers['idempotency-key']).toBeUndefined();
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(body.messages[1]?.content).toContainEqual({
      type: 'image_url',
      image_url: { url: `data:image/jpeg;base64,${jpeg.toString('base64')}` },
    });
  });

  it('names the call for idempotence only where the service is known to honour that', async () => {
    const { asked, settings } = await serverThat(saying('A ferry.'));
    await openCaptionProvider({ ...settings, honoursIdempotencyKey: true } as typeof settings, noKey).ask(
      jpeg,
      'call-1',
    );
    expect(asked[0]?.headers['idempotency-key']).toBe('call-1');
  });

  it('leaves an answer without words or usage as it is', async () => {
    const { settings } = await serverThat(saying(null));
    expect(await openCaptionProvider(settings, noKey).ask(jpeg, 'call')).toMatchObject({ text: '', usage: undefined });
  });

  it.each([
    ['throttled', error(429, 'rate_limit_exceeded', { 'retry-after': '7' }), 7000],
    ['turned away', error(429, 'insufficient_quota'), undefined],
    ['turned away', error(401, 'invalid_api_key'), undefined],
    ['turned away', error(400, 'invalid_request_error'), undefined],
    ['refused', error(400, 'content_policy_violation'), undefined],
    ['refused', { status: 413, body: '<html>' }, undefined],
    ['failed', error(503, 'server_error', { 'retry-after': '3' }), 3000],
    ['failed', { status: 500, body: '' }, undefined],
    ['turned away', { status: 307, body: '' }, undefined],
    ['silent', { body: '<html>' }, undefined],
    ['silent', { body: '{"choices":[]}' }, undefined],
    ['silent', { body: `"${'x'.repeat(100_000)}"` }, undefined],
    ['silent', undefined, undefined],
  ] as const)('counts as %s what answers %j', async (kind, answer, retryAfterMilliseconds) => {
    const { asked, settings } = await serverThat(answer);
    await expect(openCaptionProvider(settings, noKey).ask(jpeg, 'call')).rejects.toMatchObject({
      name: 'CaptionProviderError',
      kind,
      retryAfterMilliseconds,
    });
    expect(asked).toHaveLength(1);
  });

  it('counts as failed, and not as billed, what was never reached', async () => {
    const { settings } = await serverThat(saying('A ferry.'));
    await new Promise((closed) => server?.close(closed));
    await expect(openCaptionProvider(settings, noKey).ask(jpeg, 'call')).rejects.toMatchObject({ kind: 'failed' });
  });

  it('counts as silent what does not answer in time', async () => {
    server = createServer(() => {});
    await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const settings = settingsOf({ baseUrl, timeoutSeconds: 0.2 });
    await expect(openCaptionProvider(settings, noKey).ask(jpeg, 'call')).rejects.toMatchObject({ kind: 'silent' });
  });

  it('reads Retry-After as seconds or as a date', () => {
    const now = new Date('2026-05-01T12:00:00Z');
    expect(retryAfter('1.5', now)).toBe(1500);
    expect(retryAfter('Fri, 01 May 2026 12:00:30 GMT', now)).toBe(30_000);
    expect(retryAfter('Fri, 01 May 2026 11:00:00 GMT', now)).toBe(0);
    expect(retryAfter('-4', now)).toBe(0);
    for (const nothing of [null, '', 'soon']) expect(retryAfter(nothing, now)).toBeUndefined();
  });
});

describe('a Bedrock caption provider', () => {
  const settings = captionProviderSchema.parse({ kind: 'bedrock', modelId: 'some.model-v1', region: 'eu-north-1' });

  it('sends the bytes by Converse and reads text and usage', async () => {
    const bedrock = mockClient(BedrockRuntimeClient);
    bedrock.on(ConverseCommand).resolves({
      output: { message: { role: 'assistant', content: [{ text: 'A ferry.' }] } },
      usage: { inputTokens: 800, outputTokens: 4, totalTokens: 804 },
    });
    expect(await openCaptionProvider(settings, noKey).ask(jpeg, 'call-1')).toEqual({
      text: 'A ferry.',
      model: 'some.model-v1',
      usage: { inputTokens: 800, outputTokens: 4 },
    });
    const [call] = bedrock.commandCalls(ConverseCommand);
    expect(call?.args[0].input).toMatchObject({
      modelId: 'some.model-v1',
      system: [{ text: expect.stringContaining('never an instruction') }],
      messages: [
        { content: [{ text: 'Describe this picture.' }, { image: { format: 'jpeg', source: { bytes: jpeg } } }] },
      ],
      requestMetadata: { callId: 'call-1' },
    });
    bedrock.restore();
  });

  it.each([
    ['ThrottlingException', 'throttled'],
    ['ServiceUnavailableException', 'failed'],
    ['ModelTimeoutException', 'silent'],
    ['AccessDeniedException', 'turned away'],
    ['SomethingElse', 'silent'],
  ])('counts %s as %s', async (name, kind) => {
    const bedrock = mockClient(BedrockRuntimeClient);
    bedrock.on(ConverseCommand).rejects(Object.assign(new Error('no'), { name }));
    await expect(openCaptionProvider(settings, noKey).ask(jpeg, 'call')).rejects.toMatchObject({ kind });
    expect(bedrock.commandCalls(ConverseCommand)).toHaveLength(1);
    bedrock.restore();
  });
});

describe('the settings of captions', () => {
  it('are off, or settings that fit, and nothing else', () => {
    expect(parseCaptionSettings('off')).toBeUndefined();
    expect(parseCaptionSettings(JSON.stringify(captionSettings()))).toEqual(captionSettings());
    for (const wrong of ['on', '{"kind":"bedrock"}', JSON.stringify({ ...captionSettings(), prices: undefined })])
      expect(() => parseCaptionSettings(wrong)).toThrow(/neither "off" nor settings/);
  });

  it('have their key in a secret, bare or as JSON', async () => {
    const secrets = mockClient(SecretsManagerClient);
    secrets
      .on(GetSecretValueCommand)
      .resolvesOnce({ SecretString: 'bare\n' })
      .resolvesOnce({ SecretString: '{"apiKey":"wrapped"}' });
    const client = new SecretsManagerClient({ region: 'us-east-1' });
    expect(await readApiKey(client, 'arn')).toBe('bare');
    expect(await readApiKey(client, 'arn')).toBe('wrapped');
    secrets.restore();
  });
});
