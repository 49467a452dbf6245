import { tensorFlowServing, torchServe } from './images.ts';
import type { EnvironmentInput } from './schema.ts';
import sizes from './sizes/staging.json' with { type: 'json' };

/** The shapes of production at its smallest size, so that an update is rehearsed on what it will meet. */
export const staging: EnvironmentInput = {
  name: 'staging',
  region: 'eu-central-1',
  removal: 'destroy',
  logRetentionDays: 30,
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
    feeds: [{ name: 'rehearsal', title: 'Rehearsal feed', desk: 'live', mode: 'normal' }],
  },
  search: { isStandbyOn: true, maxCapacityUnits: 6 },
};
