import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ModelEndpoint, maxRequestBytes } from '../../../lambdas/clients/model-endpoint.ts';

const answerSchema = z.object({ n: z.number() });
const within = { timeoutMilliseconds: 2000 };
let server: Server | undefined;

/** The SageMaker runtime's HTTP side, answering as the test says. */
async function endpointThat(answers: RequestListener): Promise<ModelEndpoint> {
  server = createServer(answers);
  await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
  return endpointAt((server.address() as AddressInfo).port);
}
const endpointAt = (port: number) =>
  new ModelEndpoint({
    client: new SageMakerRuntimeClient({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    endpointName: 'embed',
  });

const failing =
  (status: number, type: string, body: object): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
    response.end(JSON.stringify(body));
  };

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<void>((closed) => (server === undefined ? closed() : server.close(() => closed())));
  server = undefined;
});

describe('ModelEndpoint', () => {
  it('posts JSON to the endpoint of its name and parses the answer', async () => {
    const endpoint = await endpointThat(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { n } = JSON.parse(Buffer.concat(chunks).toString());
      expect(request.url).toBe('/endpoints/embed/invocations');
      response.end(JSON.stringify({ n: n + 1 }));
    });
    expect(await endpoint.invokeJson({ n: 1 }, answerSchema, within)).toEqual({ n: 2 });
  });

  it.each([
    [400, 'ThrottlingException', {}, 'EndpointThrottledError'],
    [503, 'ServiceUnavailable', {}, 'EndpointThrottledError'],
    [424, 'ModelError', { OriginalStatusCode: 503, OriginalMessage: 'busy' }, 'EndpointThrottledError'],
    [424, 'ModelError', { OriginalStatusCode: 429, OriginalMessage: 'busy' }, 'EndpointThrottledError'],
    [424, 'ModelError', { OriginalStatusCode: 500, OriginalMessage: 'oh' }, 'EndpointUnavailableError'],
    [500, 'InternalFailure', {}, 'EndpointUnavailableError'],
    [400, 'ValidationError', { Message: 'no such endpoint' }, 'EndpointRequestError'],
  ])('turns %s %s %j into %s', async (status, type, body, name) => {
    const endpoint = await endpointThat(failing(status, type, body));
    await expect(endpoint.invokeJson({}, answerSchema, within)).rejects.toMatchObject({ name });
  });

  it.each([{ error: 'texts is empty' }, { code: 400, message: 'texts is empty' }])(
    'hands on the sentence with which the model refused: %j',
    async (said) => {
      const body = { OriginalStatusCode: 400, OriginalMessage: JSON.stringify(said) };
      const endpoint = await endpointThat(failing(424, 'ModelError', body));
      await expect(endpoint.invokeJson({}, answerSchema, within)).rejects.toMatchObject({
        name: 'EndpointRequestError',
        message: 'embed: texts is empty',
      });
    },
  );

  it('calls an endpoint unavailable that does not answer in time', async () => {
    const endpoint = await endpointThat(() => {});
    await expect(endpoint.invokeJson({}, answerSchema, { timeoutMilliseconds: 50 })).rejects.toMatchObject({
      name: 'EndpointUnavailableError',
      message: 'embed did not answer within 50 ms',
    });
  });

  it('calls an endpoint unavailable that cannot be reached', async () => {
    await expect(endpointAt(1).invokeJson({}, answerSchema, within)).rejects.toMatchObject({
      name: 'EndpointUnavailableError',
    });
  });

  it.each(['<html>', '{"n":"one"}', ''])('never passes on an answer outside the contract: %j', async (body) => {
    const endpoint = await endpointThat((_request, response) => response.end(body));
    await expect(endpoint.invokeJson({}, answerSchema, within)).rejects.toMatchObject({ name: 'EndpointAnswerError' });
  });

  it('does not send what no endpoint would take', async () => {
    await expect(endpointAt(1).invokeJson('x'.repeat(maxRequestBytes), answerSchema, within)).rejects.toMatchObject({
      name: 'EndpointRequestError',
    });
  });
});
