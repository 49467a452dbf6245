import { tensorFlowServing, torchServe } from './images.ts';
import type { EnvironmentInput } from './schema.ts';

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
      instanceType: 'ml.g5.xlarge',
      maxInstances: 2,
      latencyLimitMilliseconds: 120_000,
    },
    embed: {
      package: 'embed-minilm',
      ...torchServe.cpu,
      instanceType: 'ml.c6i.xlarge',
      maxInstances: 2,
      latencyLimitMilliseconds: 300,
    },
    entities: {
      package: 'entities-distilbert',
      ...torchServe.cpu,
      instanceType: 'ml.c6i.xlarge',
      maxInstances: 2,
      latencyLimitMilliseconds: 500,
    },
    rerank: {
      package: 'rerank-ms-marco-minilm',
      ...torchServe.cpu,
      instanceType: 'ml.c6i.xlarge',
      maxInstances: 2,
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
