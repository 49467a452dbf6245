import { tensorFlowServing, torchServe } from './images.ts';
import type { EnvironmentInput } from './schema.ts';
import sizes from './sizes/prod.json' with { type: 'json' };

export const prod: EnvironmentInput = {
  name: 'prod',
  region: 'eu-central-1',
  removal: 'retain',
  logRetentionDays: 365,
  pageOrigins: ['https://*.cloudfront.net'],
  models: {
    shots: {
      package: 'shots-transnetv2',
      ...tensorFlowServing.gpu,
      ...sizes.shots.size,
      latencyLimitMilliseconds: 120_000,
    },
    embed: {
      package: 'embed-minilm',
      ...torchServe.cpu,
      ...sizes.embed.size,
      latencyLimitMilliseconds: 300,
    },
    entities: {
      package: 'entities-distilbert',
      ...torchServe.cpu,
      ...sizes.entities.size,
      latencyLimitMilliseconds: 500,
    },
    rerank: {
      package: 'rerank-ms-marco-minilm',
      ...torchServe.cpu,
      ...sizes.rerank.size,
      latencyLimitMilliseconds: 1_000,
    },
  },
  live: {
    endpoint: {
      package: 'shots-transnetv2',
      ...tensorFlowServing.gpu,
      instanceType: 'ml.g5.xlarge',
      invocationsPerInstance: 1_500,
      latencyLimitMilliseconds: 400,
    },
    feeds: [{ name: 'house', title: 'House channel', desk: 'live', mode: 'normal' }],
  },
  search: { isStandbyOn: true, maxCapacityUnits: 20 },
  shots: { chunksAtOnce: 20 },
  admitConcurrency: 40,
  backfillAdmitConcurrency: 5,
  api: { requestsPerSecond: 200, burst: 400 },
};
