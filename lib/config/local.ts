import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onnxServer, tensorFlowServing } from './images.ts';
import { type EnvironmentInput, localAccount } from './schema.ts';

/** The service of `local/captions`, at the prices of a small model of the kind that it stands in for. */
export const localCaptions = (baseUrl: string): NonNullable<EnvironmentInput['captions']> => ({
  provider: {
    kind: 'openai-compatible',
    baseUrl,
    model: 'local-pixels',
    timeoutSeconds: 10,
    honoursIdempotencyKey: true,
  },
  prices: {
    inputMicroDollarsPerMillionTokens: 150_000,
    outputMicroDollarsPerMillionTokens: 600_000,
    asOf: '2026-11-24',
    source: 'made up: nothing is paid to the local service',
  },
  image: { billing: { rule: 'tiles', baseTokens: 85, tokensPerTile: 170 } },
  budget: { microDollarsPerDeskAndDay: 1_000_000 },
  quota: { requestsPerMinute: 600, tokensPerMinute: 1_000_000 },
});

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
/** The emulator mounts no layer under /opt, so the programs are named where set-up puts them. */
const program = (name: string) => path.join(root, '.wirescope', 'tools', 'ffmpeg', name);
const cpuInstance = 'ml.c6i.large';

export const local: EnvironmentInput = {
  name: 'local',
  account: localAccount,
  region: 'us-east-1',
  removal: 'destroy',
  logRetentionDays: 1,
  pageOrigins: ['http://127.0.0.1:4530'],
  isTracingOn: false,
  isMfaOffered: false,
  models: {
    shots: {
      package: 'shots-transnetv2',
      ...tensorFlowServing.cpu,
      instanceType: cpuInstance,
      latencyLimitMilliseconds: 300_000,
    },
    embed: { package: 'embed-minilm', ...onnxServer.cpu, instanceType: cpuInstance, latencyLimitMilliseconds: 2_000 },
    entities: {
      package: 'entities-minilm-student',
      ...onnxServer.cpu,
      instanceType: cpuInstance,
      latencyLimitMilliseconds: 2_000,
    },
    rerank: {
      package: 'rerank-late-interaction',
      ...onnxServer.cpu,
      instanceType: cpuInstance,
      latencyLimitMilliseconds: 5_000,
    },
  },
  search: { isStandbyOn: false },
  // `npm run live` brings the feed.
  live: {
    endpoint: {
      package: 'shots-transnetv2',
      ...tensorFlowServing.cpu,
      instanceType: cpuInstance,
      latencyLimitMilliseconds: 1_000,
    },
  },
  // One core decodes while the other infers; a chunk takes half a minute, so that progress is seen.
  // The endpoint here answers in seconds; the emulator forgets a notification that is under way when it is restarted.
  shots: { chunksAtOnce: 2, framesPerChunk: 1000, inferenceSeconds: 120 },
  functions: {
    // A laptop decodes at its own pace; Lambda's largest timeout is the only limit.
    admit: { memoryMegabytes: 1769, timeoutSeconds: 300, ephemeralStorageMegabytes: 6144 },
  },
  admitConcurrency: 2,
  // Two cores: what is live finds one of them free.
  backfillExecutions: 2,
  backfillQueueDepth: 50,
  backfillLookSeconds: 5,
  // The emulator mounts no layer's files where Lambda does.
  relatedWordsPath: path.join(root, '.wirescope', 'layers', 'related-words', 'related-words.json.gz'),
  ffmpegPath: program('ffmpeg'),
  ffprobePath: program('ffprobe'),
  emulatorEndpoint: 'http://127.0.0.1:4500',
  demoEditor: { username: 'editor@wirescope.example', password: 'Newsroom-demo-1' },
};
