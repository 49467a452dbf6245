import { tensorFlowServing, torchServe } from './images.ts';
import type { EnvironmentInput } from './schema.ts';
import sizes from './sizes/dev.json' with { type: 'json' };

export const dev: EnvironmentInput = {
  name: 'dev',
  region: 'eu-central-1',
  removal: 'destroy',
  logRetentionDays: 14,
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
      latencyLimitMilliseconds: 500,
    },
    entities: {
      package: 'entities-distilbert',
      ...torchServe.cpu,
      ...sizes.entities.size,
      latencyLimitMilliseconds: 1_000,
    },
    rerank: {
      package: 'rerank-ms-marco-minilm',
      ...torchServe.cpu,
      ...sizes.rerank.size,
      latencyLimitMilliseconds: 1_500,
    },
  },
  search: { isStandbyOn: false, maxCapacityUnits: 4 },
};
