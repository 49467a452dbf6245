import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../../lambdas/api/openapi.ts';
import { type ApiClients, serve } from '../../../lambdas/api/routes.ts';
import { type ProbedEndpoint, showStatus } from '../../../lambdas/api/show-status.ts';
import { nothingSpent } from '../../../lambdas/clients/captions/budget.ts';
import { EndpointRequestError } from '../../../lambdas/clients/model-endpoint.ts';
import { problemSchema } from '../../../lambdas/contracts/api.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';
import { problemAnswer } from '../../../lambdas/runtime/problems.ts';
import { captionSettings } from '../support/caption-settings.ts';

/** A request that is answered without them must not reach for any. */
const noClients = {} as ApiClients;
const request = (routeKey: string, rest: Partial<Parameters<typeof serve>[1]> = {}) => ({
  routeKey,
  isBase64Encoded: false,
  editor: 'maria',
  desks: 'all' as const,
  ...rest,
});

describe('the HTTP API', () => {
  it('answers a body that is no JSON with a problem', async () => {
    const answer = await serve(noClients, request('POST /uploads', { body: '{' })).catch(problemAnswer);
    expect(answer.statusCode).toBe(400);
    expect(problemSchema.parse(JSON.parse(String(answer.body))).message).toMatch(/not JSON/);
  });

  it('names the field of a query that does not fit', async () => {
    const answer = await serve(
      noClients,
      request('GET /uploads', { queryStringParameters: { desk: 'Sport', day: '1.3.' } }),
    ).catch(problemAnswer);
    expect(answer.statusCode).toBe(400);
    expect(String(answer.body)).toMatch(/desk/);
    expect(String(answer.body)).toMatch(/day/);
  });

  it('refuses an asset id that is none, and knows no other routes', async () => {
    const badId = request('GET /assets/{assetId}', { pathParameters: { assetId: '../x' } });
    expect((await serve(noClients, badId).catch(problemAnswer)).statusCode).toBe(400);
    expect((await serve(noClients, request('GET /secrets')).catch(problemAnswer)).statusCode).toBe(404);
  });

  it('keeps the insides of its own faults to itself', () => {
    const answer = problemAnswer(new Error('password=hunter2'));
    expect(answer.statusCode).toBe(500);
    expect(String(answer.body)).not.toContain('hunter2');
  });
});

describe('GET /status', () => {
  const endpoint = (invokeJson: ProbedEndpoint['invokeJson']): ProbedEndpoint => ({ invokeJson });
  const modelError = Object.assign(new Error('bad window'), { name: 'ModelError' });
  const notFound = Object.assign(new Error('no such endpoint'), { name: 'ValidationError' });

  it('says of each model whether its endpoint answers', async () => {
    const model = (name: 'embed' | 'entities' | 'rerank' | 'shots', isOnDemand = false) => ({
      endpoint: name,
      name,
      version: '1',
      isOnDemand,
    });
    const probe = vi.fn(async () => ({}));
    const { models, desks } = await showStatus(
      { listDesks: async () => [] },
      {
        embed: endpoint(probe),
        entities: endpoint(async () => {
          throw new RetryableError('EndpointUnavailableError', 'down');
        }),
        shots: endpoint(async () => {
          throw new EndpointRequestError('bad window', { cause: modelError });
        }),
      },
      {
        environment: 'local',
        modelsInUse: [model('embed'), model('entities'), model('rerank'), model('shots')],
      },
      undefined,
    );
    expect(models.map(({ state }) => state)).toEqual(['answering', 'not answering', 'off', 'answering']);
    expect(probe).toHaveBeenCalledOnce();
    expect(desks).toEqual(['newsroom']);
  });

  it('asks no endpoint that has no instance while nothing waits for it', async () => {
    const probe = vi.fn(async () => ({}));
    const { models } = await showStatus(
      { listDesks: async () => [] },
      { shots: endpoint(probe) },
      {
        environment: 'dev',
        modelsInUse: [{ endpoint: 'shots', name: 's', version: '1', isOnDemand: true }],
      },
      undefined,
    );
    expect(models).toEqual([{ endpoint: 'shots', name: 's', version: '1', state: 'on demand' }]);
    expect(probe).not.toHaveBeenCalled();
  });

  it('does not take SageMaker’s own refusal for a model’s answer', async () => {
    const { models } = await showStatus(
      { listDesks: async () => ['sport'] },
      {
        shots: endpoint(async () => {
          throw new EndpointRequestError('no such endpoint', { cause: notFound });
        }),
      },
      {
        environment: 'dev',
        modelsInUse: [{ endpoint: 'shots', name: 's', version: '1', isOnDemand: false }],
      },
      undefined,
    );
    expect(models[0]?.state).toBe('not answering');
  });

  it('names the caption provider without its address, and what each desk has spent today', async () => {
    const spend = { ...nothingSpent, spentMicroDollars: 700, calls: 2, unaccounted: { lost: 30 } };
    const reserved = { a: { microDollars: 200, expiresAt: '2026-05-01T12:00:00Z' } };
    const { captions } = await showStatus(
      { listDesks: async () => ['sport'] },
      {},
      { environment: 'dev', modelsInUse: [] },
      {
        settings: captionSettings({ budget: { desks: { sport: 5000 } } }),
        budget: { read: async () => ({ ...spend, reservations: reserved }) },
        records: { countWaiting: async () => 3, findWaiting: async () => undefined },
      },
      new Date('2026-05-01T11:00:00Z'),
    );
    expect(captions).toEqual({
      provider: 'openai-compatible: vision-1',
      spend: [
        {
          desk: 'sport',
          day: '2026-05-01',
          spentMicroDollars: 700,
          reservedMicroDollars: 200,
          unaccountedMicroDollars: 30,
          limitMicroDollars: 5000,
          calls: 2,
        },
      ],
      waiting: 3,
    });
  });
});

describe('the OpenAPI document', () => {
  const document = openApiDocument();

  it('has every route, each guarded, and every reference resolves', () => {
    expect(Object.keys(document.paths)).toEqual([
      '/search',
      '/uploads',
      '/assets/{assetId}',
      '/assets/{assetId}/near-duplicates',
      '/assets/{assetId}/near-duplicates/split',
      '/status',
      '/openapi.json',
    ]);
    expect(document.security).toEqual([{ editor: [] }]);
    const references = [...JSON.stringify(document.paths).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(5);
    for (const name of references) expect(document.components.schemas).toHaveProperty(String(name));
  });

  it('writes lists of the query as one comma-separated parameter', () => {
    const parameters = z
      .array(z.object({ name: z.string(), required: z.boolean(), explode: z.boolean().optional() }))
      .parse(document.paths['/search'].get.parameters);
    expect(parameters.find(({ name }) => name === 'type')).toMatchObject({ explode: false, required: false });
    expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(['q', 'from', 'entity', 'page']));
  });
});
