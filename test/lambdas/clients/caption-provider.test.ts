import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { lintCaption, openCaptionProvider, readApiKey } from '../../../lambdas/clients/caption-provider.ts';
import { parseCaptionProvider } from '../../../lambdas/contracts/captions.ts';

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
  authorization: string | undefined;
  body: { model: string; messages: { content: { type: string; text?: string; image_url?: { url: string } }[] }[] };
}
/** A chat-completions server that answers in turn; the last answer stays. */
async function serverThat(answers: { status?: number; body: string }[]) {
  const asked: Asked[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push({
      url: request.url,
      authorization: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    const { status = 200, body } = answers[Math.min(asked.length, answers.length) - 1] ?? { body: '' };
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' });
    response.end(body);
  });
  await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { asked, settings: { kind: 'openai-compatible' as const, baseUrl, model: 'vision-1', timeoutSeconds: 2 } };
}
const saying = (content: string | null) => ({ body: JSON.stringify({ choices: [{ message: { content } }] }) });

describe('an OpenAI-compatible caption provider', () => {
  it('sends the picture with the key and marks the caption with model and prompt', async () => {
    const { asked, settings } = await serverThat([saying('A ferry at dawn.')]);
    const provider = openCaptionProvider(settings, { apiKey: async () => 'secret' });
    expect(await provider.caption(jpeg)).toEqual({ text: 'A ferry at dawn.', model: 'vision-1', promptVersion: '1' });
    expect(asked[0]).toMatchObject({
      url: '/v1/chat/completions',
      authorization: 'Bearer secret',
      body: { model: 'vision-1' },
    });
    const [, image] = asked[0]?.body.messages[0]?.content ?? [];
    expect(image?.image_url?.url).toBe(`data:image/jpeg;base64,${jpeg.toString('base64')}`);
  });

  it('tries once more where the service is busy', async () => {
    const { asked, settings } = await serverThat([{ status: 429, body: '{}' }, saying('A ferry.')]);
    expect(await openCaptionProvider(settings, noKey).caption(jpeg)).toMatchObject({ text: 'A ferry.' });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['refuses the key', { status: 401, body: '{"error":"bad key"}' }, /answered 401/],
    ['sends the key elsewhere', { status: 307, body: '' }, /no caption from vision-1/],
    ['answers with something else', { body: '<html>' }, /no caption from vision-1/],
    ['answers without words', saying(null), /no words/],
    ['refuses the picture', saying("I'm sorry, I can't help with that."), /would not describe/],
    ['answers with a novel', saying('word '.repeat(400)), /more than a caption/],
    ['answers without end', { body: `"${'x'.repeat(100_000)}"` }, /longer than/],
  ])('gives no caption where the service %s', async (_what, answer, message) => {
    const { settings } = await serverThat([answer]);
    await expect(openCaptionProvider(settings, noKey).caption(jpeg)).rejects.toMatchObject({
      name: 'CaptionFailedError',
      message: expect.stringMatching(message),
    });
  });
});

describe('a Bedrock caption provider', () => {
  it('sends the bytes by Converse and reads the text', async () => {
    const bedrock = mockClient(BedrockRuntimeClient);
    bedrock
      .on(ConverseCommand)
      .resolves({ output: { message: { role: 'assistant', content: [{ text: 'A ferry.' }] } } });
    const settings = { kind: 'bedrock' as const, modelId: 'some.model-v1', region: 'eu-north-1', timeoutSeconds: 2 };
    expect(await openCaptionProvider(settings, noKey).caption(jpeg)).toEqual({
      text: 'A ferry.',
      model: 'some.model-v1',
      promptVersion: '1',
    });
    const [call] = bedrock.commandCalls(ConverseCommand);
    expect(call?.args[0].input).toMatchObject({
      modelId: 'some.model-v1',
      messages: [
        {
          content: [
            { image: { format: 'jpeg', source: { bytes: jpeg } } },
            { text: expect.stringContaining('news picture') },
          ],
        },
      ],
    });
    bedrock.restore();
  });
});

describe('a caption', () => {
  it.each([
    ['**Caption:** "A <b>ferry</b> at dawn."', 'A ferry at dawn.'],
    ['# Harbour\n\n- [boats](http://x) lie still', 'Harbour - boats lie still'],
  ])('is one plain line: %j', (answer, line) => expect(lintCaption(answer)).toBe(line));
});

describe('the settings of captions', () => {
  it('are off, or one of two kinds, and nothing else', () => {
    expect(parseCaptionProvider('off')).toBeUndefined();
    expect(parseCaptionProvider('{"kind":"bedrock","modelId":"m"}')).toMatchObject({ timeoutSeconds: 30 });
    for (const wrong of ['on', '{"kind":"other"}', '{"kind":"openai-compatible","baseUrl":"nowhere","model":"m"}'])
      expect(() => parseCaptionProvider(wrong)).toThrow(/neither "off" nor settings/);
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
