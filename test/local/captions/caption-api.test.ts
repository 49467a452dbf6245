import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCaptionProvider } from '../../../lambdas/clients/captions/provider.ts';
import type { Usage } from '../../../local/captions/billing.ts';
import { pictureTokens } from '../../../local/captions/billing.ts';
import { createCaptionApi } from '../../../local/captions/caption-api.ts';
import { captionSettings } from '../../lambdas/support/caption-settings.ts';

let api: Server;
let address: string;
beforeEach(async () => {
  api = createCaptionApi().listen(0, '127.0.0.1');
  await once(api, 'listening');
  address = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
});
afterEach(() => {
  api.closeAllConnections();
  api.close();
});

const picture = (background: string, width = 640, height = 480): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
const usage = async (): Promise<Usage> => (await fetch(`${address}/usage`)).json() as Promise<Usage>;
const setManner = (manner: object): Promise<Response> =>
  fetch(`${address}/manner`, { method: 'PUT', body: JSON.stringify(manner) });
const ask = (jpeg: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      model: 'pixels',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Describe this.' },
            { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${jpeg.toString('base64')}` } },
          ],
        },
      ],
    }),
  });

it("captions a picture by its pixels for the product's own client, the same bytes with the same words", async () => {
  const provider = openCaptionProvider(captionSettings({ provider: { baseUrl: `${address}/v1` } }).provider, {
    apiKey: async () => 'any',
  });
  const red = await picture('#c01010');
  const first = await provider.ask(red, 'call');
  expect(first.text).toMatch(/red tones, wider than high/);
  expect(await provider.ask(red, 'call')).toEqual(first);
  expect((await provider.ask(await picture('#1010c0', 300, 500), 'call')).text).toMatch(/blue tones, higher than wide/);
});

it('counts each call and charges each answer to its picture', async () => {
  const red = await picture('#c01010');
  await ask(red);
  const answer = (await (await ask(red)).json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
  await ask(await picture('#10c010'));
  const counted = await usage();
  expect(Object.values(counted.pictures).map(({ calls }) => calls)).toEqual([2, 1]);
  expect(Object.values(counted.pictures)[0]).toEqual({
    calls: 2,
    billed: 2,
    promptTokens: 2 * answer.usage.prompt_tokens,
    completionTokens: 2 * answer.usage.completion_tokens,
  });
  expect(counted).toMatchObject({ calls: 3, billed: 3 });
});

it('throttles, fails, stops at its policy and then answers, and charges for the answer alone', async () => {
  await setManner({ next: [{ kind: 'throttle', retryAfterSeconds: 7 }, { kind: 'fail' }, { kind: 'policy' }] });
  const red = await picture('#c01010');
  const throttled = await ask(red);
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
  expect((await ask(red)).status).toBe(503);
  expect((await ask(red)).status).toBe(400);
  expect((await ask(red)).status).toBe(200);
  expect(await usage()).toMatchObject({ calls: 4, billed: 1, withheld: { 429: 1, 503: 1, 400: 1 } });
});

it('charges for a refusal in words and for an answer that got lost', async () => {
  await setManner({ next: [{ kind: 'refuse' }, { kind: 'drop' }] });
  const red = await picture('#c01010');
  expect(await (await ask(red)).text()).toContain("can't help");
  await expect(ask(red)).rejects.toThrow();
  expect(await usage()).toMatchObject({ calls: 2, billed: 2 });
});

it('gives an answer that got lost again for its idempotency key, uncharged, where it honours such keys', async () => {
  await setManner({ next: [{ kind: 'drop' }], honoursIdempotencyKeys: true });
  const red = await picture('#c01010');
  await expect(ask(red, { 'idempotency-key': 'one' })).rejects.toThrow();
  expect((await ask(red, { 'idempotency-key': 'one' })).status).toBe(200);
  expect(await usage()).toMatchObject({ calls: 2, billed: 1 });
});

it('throttles beyond its quota of requests and says when to come back', async () => {
  await setManner({ requestsPerMinute: 1 });
  const red = await picture('#c01010');
  expect((await ask(red)).status).toBe(200);
  const second = await ask(red);
  expect(second.status).toBe(429);
  expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50);
});

it('refuses what is no picture and what is no manner, with a sentence', async () => {
  expect(await (await ask(Buffer.from('no picture'))).text()).toContain('cannot be read');
  expect((await setManner({ next: [{ kind: 'explode' }] })).status).toBe(400);
});

it.each([
  [{ width: 1024, height: 1024 }, 765],
  [{ width: 2048, height: 4096 }, 1105],
  [{ width: 512, height: 512 }, 255],
])('reckons the tokens of %o as the provider publishes them', (size, tokens) => {
  expect(pictureTokens(size)).toBe(tokens);
});
