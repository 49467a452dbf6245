import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Upload } from '@aws-sdk/lib-storage';
import { AsynchronousEndpoint } from '../../../lambdas/clients/asynchronous-endpoint.ts';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';
import { shotsWorkKeys } from '../../../lambdas/contracts/keys.ts';
import { type ShotsModel, shotsModelSchema } from '../../../lambdas/contracts/models.ts';
import { planShotsResultSchema, shotsResultSchema } from '../../../lambdas/contracts/workflow.ts';
import type { LocalService } from './local-service.ts';
import { coreSecondsOf, treeBytes } from './processes.ts';
import type { Task, TaskResult } from './worker.ts';

export interface VideoRun {
  /** The timed stretches, added up. */
  wallSeconds: number;
  frames: number;
  shots: number;
  decodeCoreSeconds: number;
  inferenceCoreSeconds: number;
  /** Frames of the chunks that the model was asked about; see `isSampled`. */
  inferredFrames: number;
  /** The largest worker's, its ffmpeg included. */
  peakBytes: number;
}

export interface VideoRunOptions {
  file: string;
  assetId: string;
  model: unknown;
  workers: number;
  /**
   * Asks the model about one chunk in `sampledEvery` only, and about each whose windows are not byte for byte those of
   * an earlier one: a video that repeats itself gives the same answers again.
   */
  isSampled: boolean;
  /** Runs a stretch of the work that is timed. */
  during: <Result>(timed: () => Promise<Result>) => Promise<Result>;
}

const sampleMilliseconds = 200;
const pollMilliseconds = 100;
const workerTimeoutSeconds = 900;
const inferenceSeconds = 3600;
const framesPerChunk = 4500;
const sampledEvery = 16;
const windowsMaxBytes = 128 * 1024 * 1024;
/** No chunk is begun in a stretch that has lasted so long. */
const stretchSeconds = 360;

/** Takes one video through plan, chunks and assembly, as the workflow does: `workers` chunks at once. */
export async function runVideo(service: LocalService, options: VideoRunOptions): Promise<VideoRun> {
  const { file, assetId, workers, isSampled, during } = options;
  const model = shotsModelSchema.parse(options.model);
  const derived = new MediaBucket({ client: service.s3, bucketName: 'derived' });
  const endpoint = new AsynchronousEndpoint({ client: new SageMakerRuntimeClient({}), endpointName: 'shots' });
  const key = `${assetId}.mp4`;
  const Body = createReadStream(file);
  await new Upload({ client: service.s3, params: { Bucket: 'originals', Key: key, Body } }).done();
  const totals = { wallSeconds: 0, decodeCoreSeconds: 0, inferenceCoreSeconds: 0, inferredFrames: 0, peakBytes: 0 };
  const timed = async <Result>(work: () => Promise<Result>): Promise<Result> =>
    during(async () => {
      const [started, before] = [performance.now(), coreSecondsOf(service.modelsProcess)];
      const result = await work();
      totals.wallSeconds += (performance.now() - started) / 1000;
      totals.inferenceCoreSeconds += coreSecondsOf(service.modelsProcess) - before;
      return result;
    });
  const ask = async (task: Partial<Task> & Pick<Task, 'task'>): Promise<unknown> => {
    const { result, peakBytes } = await runWorker(fullTask(task, { assetId, key, model }));
    totals.decodeCoreSeconds += result.coreSeconds;
    totals.peakBytes = Math.max(totals.peakBytes, peakBytes);
    return result.answer;
  };

  const { run, chunkCount } = planShotsResultSchema.parse(await timed(() => ask({ task: 'plan' })));
  const outputKeys: string[] = [];
  const answered = new Map<string, string>();
  const takeChunk = async (chunk: number): Promise<void> => {
    const frames = (await ask({ task: 'decode', run, chunk })) as number;
    const inputKey = shotsWorkKeys.windows(assetId, run, chunk);
    const windows = isSampled ? await fingerprint(derived, inputKey) : String(chunk);
    const earlier = chunk % sampledEvery === 0 ? undefined : answered.get(windows);
    const outputKey = earlier ?? (await infer(endpoint, derived, { inputKey, chunk }));
    if (earlier === undefined) totals.inferredFrames += frames;
    answered.set(windows, outputKey);
    outputKeys[chunk] = outputKey;
    await service.s3.send(new DeleteObjectCommand({ Bucket: 'derived', Key: inputKey }));
  };
  const eachChunk = async (what: string, take: (chunk: number) => Promise<unknown>): Promise<void> => {
    let next = 0;
    while (next < chunkCount)
      await timed(async () => {
        const began = performance.now();
        const worker = async (): Promise<void> => {
          while (next < chunkCount && performance.now() - began < stretchSeconds * 1000) {
            const chunk = next;
            next += 1;
            await take(chunk);
          }
        };
        await Promise.all(Array.from({ length: workers }, worker));
        console.log(`${what}: ${next} of ${chunkCount} chunks`);
      });
  };
  await eachChunk('decoded and inferred', takeChunk);
  await timed(() => ask({ task: 'stitch', run, outputKeys }));
  await eachChunk('keyframes', (chunk) => ask({ task: 'keyframes', run, chunk }));
  const { shotCount, frameCount } = shotsResultSchema.parse(await timed(() => ask({ task: 'assemble', run })));
  return { frames: frameCount, shots: shotCount, ...totals };
}

const fingerprint = async (derived: MediaBucket, key: string): Promise<string> =>
  createHash('sha256')
    .update(await derived.readBytes({ key }, { maxBytes: windowsMaxBytes }))
    .digest('hex');

/** @returns where the answer lies. */
async function infer(
  endpoint: AsynchronousEndpoint,
  derived: MediaBucket,
  { inputKey, chunk }: { inputKey: string; chunk: number },
): Promise<string> {
  const { outputKey, failureKey } = await endpoint.send({
    ...{ bucketName: 'derived', inputKey, inferenceId: `measure.${chunk}`, withinSeconds: inferenceSeconds },
  });
  while ((await derived.head({ key: outputKey })) === undefined) {
    if (failureKey && (await derived.head({ key: failureKey })))
      throw new Error((await derived.readBytes({ key: failureKey }, { maxBytes: 10_000 })).toString());
    await delay(pollMilliseconds);
  }
  return outputKey;
}

const fullTask = (
  task: Partial<Task> & Pick<Task, 'task'>,
  common: { assetId: string; key: string; model: ShotsModel },
): Task => ({
  ...{ run: '', chunk: 0, outputKeys: [], framesPerChunk, timeoutSeconds: workerTimeoutSeconds },
  ...common,
  ...task,
});

async function runWorker(task: Task): Promise<{ result: TaskResult; peakBytes: number }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'worker.ts'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakBytes = 0;
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, treeBytes(child.pid ?? 0));
  }, sampleMilliseconds);
  try {
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) said += text;
    const code = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)));
    if (code !== 0) throw new Error(`the task ${task.task} of chunk ${task.chunk} ended with ${code}`);
    return { result: JSON.parse(said) as TaskResult, peakBytes };
  } finally {
    clearInterval(sampling);
  }
}
