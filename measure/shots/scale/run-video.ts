import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Upload } from '@aws-sdk/lib-storage';
import { AsynchronousEndpoint } from '../../../lambdas/clients/asynchronous-endpoint.ts';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';
import { shotsWorkKeys } from '../../../lambdas/contracts/keys.ts';
import { type ShotsModel, shotsModelSchema } from '../../../lambdas/contracts/models.ts';
import { planShotsResultSchema } from '../../../lambdas/contracts/workflow.ts';
import { foundFileSchema, framesFileSchema, planFileSchema } from '../../../lambdas/shots/work-files.ts';
import { leanNode } from '../../../lib/config/lean-node.ts';
import { places } from '../../../setup/places.ts';
import type { LocalService } from './local-service.ts';
import { framesPerChunk } from './material.ts';
import { coreSecondsOf, treeBytes } from './processes.ts';
import type { Task, TaskResult } from './worker.ts';

/** Work of one kind, in seconds of the clock where it was timed and of the cores. */
export interface Work {
  wallSeconds: number;
  decodeCoreSeconds: number;
  inferenceCoreSeconds: number;
}
export interface VideoRun {
  frames: number;
  shots: number;
  chunks: number;
  /** Chunks that were really decoded, judged and given keyframes; all where there are few. */
  sampledChunks: number;
  sampledFrames: number;
  /** Of the sampled chunks. */
  chunkWork: Work;
  /** Plan and stitching, over all frames, and assembling where every chunk was sampled. */
  wholeWork: Work;
  isAssembled: boolean;
  /** The largest worker's, its ffmpeg included. */
  peakBytes: number;
}

export interface VideoRunOptions {
  /** `bundleWorker`'s. */
  workerFile: string;
  file: string;
  assetId: string;
  model: unknown;
  workers: number;
}

const sampleMilliseconds = 200;
const pollMilliseconds = 100;
const workerTimeoutSeconds = 900;
const inferenceSeconds = 3600;
/** Chunks looked at of a video that has more: from its beginning, its middle and its end. */
const mostSampled = 4;

/** Which chunks are really worked on. */
export function sampleOf(chunkCount: number): number[] {
  if (chunkCount <= mostSampled) return Array.from({ length: chunkCount }, (_, chunk) => chunk);
  const middle = Math.floor(chunkCount / 2);
  return [0, middle - 1, middle, chunkCount - 1];
}

/**
 * Takes one video through plan, chunks, stitching and keyframes, as the workflow does: `workers` chunks at once. Of a
 * video of many chunks four are worked on. The others get what the middle one left, its times moved: the video repeats
 * itself, so that they are what they would be, and whoever stitches reads and judges every frame of the whole.
 */
export async function runVideo(service: LocalService, options: VideoRunOptions): Promise<VideoRun> {
  const pieces = videoInPieces(service, options);
  for (;;) {
    const piece = await pieces.next();
    if (piece.done === true) return piece.value;
  }
}

/** As `runVideo`, a piece of work each time that it is asked for the next: a chunk, or with more workers all of them. */
export async function* videoInPieces(
  service: LocalService,
  options: VideoRunOptions,
): AsyncGenerator<undefined, VideoRun> {
  const { workerFile, file, assetId, workers } = options;
  const model = shotsModelSchema.parse(options.model);
  const derived = new MediaBucket({ client: service.s3, bucketName: 'derived' });
  const endpoint = new AsynchronousEndpoint({ client: new SageMakerRuntimeClient({}), endpointName: 'shots' });
  const key = `${assetId}.mp4`;
  const Body = createReadStream(file);
  await new Upload({ client: service.s3, params: { Bucket: 'originals', Key: key, Body } }).done();
  const nothing = (): Work => ({ wallSeconds: 0, decodeCoreSeconds: 0, inferenceCoreSeconds: 0 });
  const [chunkWork, wholeWork] = [nothing(), nothing()];
  let peakBytes = 0;
  const timed = async <Result>(total: Work, work: () => Promise<Result>): Promise<Result> => {
    const [started, before] = [performance.now(), coreSecondsOf(service.modelsProcess)];
    const result = await work();
    total.wallSeconds += (performance.now() - started) / 1000;
    total.inferenceCoreSeconds += coreSecondsOf(service.modelsProcess) - before;
    return result;
  };
  const ask = async (total: Work, task: Partial<Task> & Pick<Task, 'task'>): Promise<unknown> => {
    const { result, peakBytes: peak } = await runWorker(workerFile, fullTask(task, { assetId, key, model }));
    total.decodeCoreSeconds += result.coreSeconds;
    peakBytes = Math.max(peakBytes, peak);
    return result.answer;
  };

  const planned = await timed(wholeWork, () => ask(wholeWork, { task: 'plan' }));
  yield;
  const { run, chunkCount } = planShotsResultSchema.parse(planned);
  const sampled = sampleOf(chunkCount);
  await assertRepeating(derived, { assetId, run, sampled });
  const outputKeys: string[] = [];
  let sampledFrames = 0;
  const takeChunk = async (chunk: number): Promise<void> => {
    const frames = (await ask(chunkWork, { task: 'decode', run, chunk })) as number;
    // Not in one line with the waiting: what another worker adds meanwhile would be lost.
    sampledFrames += frames;
    const inputKey = shotsWorkKeys.windows(assetId, run, chunk);
    outputKeys[chunk] = await infer(endpoint, derived, { inputKey, chunk });
    await service.s3.send(new DeleteObjectCommand({ Bucket: 'derived', Key: inputKey }));
  };
  async function* eachSampled(take: (chunk: number) => Promise<unknown>): AsyncGenerator<undefined> {
    for (const chunks of workers === 1 ? sampled.map((chunk) => [chunk]) : [sampled]) {
      await timed(chunkWork, () => sideBySide(chunks, workers, take));
      yield;
    }
  }
  yield* eachSampled(takeChunk);
  await layOthers(derived, { assetId, run, chunkCount, sampled, outputKeys });
  await timed(wholeWork, () => ask(wholeWork, { task: 'stitch', run, outputKeys }));
  yield;
  yield* eachSampled((chunk) => ask(chunkWork, { task: 'keyframes', run, chunk }));
  const isAssembled = sampled.length === chunkCount;
  if (isAssembled) await timed(wholeWork, () => ask(wholeWork, { task: 'assemble', run }));
  const { frameCount, shots } = await derived.readJson(shotsWorkKeys.found(assetId, run), foundFileSchema);
  return {
    ...{ frames: frameCount, shots: shots.length, chunks: chunkCount, sampledChunks: sampled.length, sampledFrames },
    ...{ chunkWork, wholeWork, isAssembled, peakBytes },
  };
}

async function sideBySide(
  chunks: readonly number[],
  workers: number,
  take: (chunk: number) => Promise<unknown>,
): Promise<void> {
  const left = [...chunks];
  const worker = async (): Promise<void> => {
    for (let chunk = left.shift(); chunk !== undefined; chunk = left.shift()) await take(chunk);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** @throws where the plan's chunks do not repeat the middle one, so that it could not stand for them. */
async function assertRepeating(
  derived: MediaBucket,
  { assetId, run, sampled }: { assetId: string; run: string; sampled: readonly number[] },
): Promise<void> {
  const { plan } = await derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema);
  if (sampled.length === plan.chunks.length) return;
  const lengthOf = ({ firstFrame, lastFrame }: (typeof plan.chunks)[number]) => lastFrame - firstFrame + 1;
  const odd = plan.chunks.slice(0, -1).findIndex((chunk) => lengthOf(chunk) !== framesPerChunk);
  if (odd >= 0) throw new Error(`chunk ${odd} has other frames than the ${framesPerChunk} that the others have`);
}

/** Gives each chunk that was not worked on what the middle one left, at its own frames and times. */
async function layOthers(
  derived: MediaBucket,
  video: { assetId: string; run: string; chunkCount: number; sampled: readonly number[]; outputKeys: string[] },
): Promise<void> {
  const { assetId, run, chunkCount, sampled, outputKeys } = video;
  if (sampled.length === chunkCount) return;
  const middle = Math.floor(chunkCount / 2);
  const left = await derived.readJson(shotsWorkKeys.frames(assetId, run, middle), framesFileSchema);
  const lasts = left.endMicroseconds - (left.startMicroseconds[0] ?? 0);
  for (let chunk = 0; chunk < chunkCount; chunk += 1) {
    if (sampled.includes(chunk)) continue;
    const by = (chunk - middle) * lasts;
    await derived.putJson(shotsWorkKeys.frames(assetId, run, chunk), framesFileSchema, {
      ...left,
      firstFrame: left.firstFrame + (chunk - middle) * left.startMicroseconds.length,
      startMicroseconds: left.startMicroseconds.map((time) => time + by),
      endMicroseconds: left.endMicroseconds + by,
    });
    outputKeys[chunk] = outputKeys[middle] as string;
  }
}

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
  tools: { ffmpegPath: places.ffmpeg, ffprobePath: places.ffprobe },
  ...common,
  ...task,
});

async function runWorker(workerFile: string, task: Task): Promise<{ result: TaskResult; peakBytes: number }> {
  const child = spawn(process.execPath, [workerFile, JSON.stringify(task)], {
    env: { ...process.env, ...leanNode },
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
