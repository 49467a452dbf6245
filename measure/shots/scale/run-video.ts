import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Upload } from '@aws-sdk/lib-storage';
import { AsynchronousEndpoint } from '../../../lambdas/clients/asynchronous-endpoint.ts';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';
import { shotsWorkKeys } from '../../../lambdas/contracts/keys.ts';
import { type ShotsModel, shotsModelSchema } from '../../../lambdas/contracts/models.ts';
import { planShotsResultSchema } from '../../../lambdas/contracts/workflow.ts';
import type { LocalService } from './local-service.ts';
import { coreSecondsOf, treeBytes } from './processes.ts';
import type { Task, TaskResult } from './worker.ts';

export interface VideoRun {
  wallSeconds: number;
  frames: number;
  shots: number;
  decodeCoreSeconds: number;
  inferenceCoreSeconds: number;
  /** The largest worker's, its ffmpeg included. */
  peakBytes: number;
}

const sampleMilliseconds = 200;
const pollMilliseconds = 100;
const workerTimeoutSeconds = 900;
const inferenceSeconds = 3600;
const framesPerChunk = 4500;

/** Takes one video through plan, chunks and assembly, as the workflow does: `workers` chunks at once. */
export async function runVideo(
  service: LocalService,
  { file, assetId, model, workers }: { file: string; assetId: string; model: unknown; workers: number },
): Promise<VideoRun> {
  const shotsModel = shotsModelSchema.parse(model);
  const derived = new MediaBucket({ client: service.s3, bucketName: 'derived' });
  const endpoint = new AsynchronousEndpoint({
    client: new SageMakerRuntimeClient({}),
    endpointName: 'shots',
  });
  const key = `${assetId}.mp4`;
  await new Upload({
    client: service.s3,
    params: { Bucket: 'originals', Key: key, Body: createReadStream(file) },
  }).done();
  const totals = { decodeCoreSeconds: 0, peakBytes: 0 };
  const ask = async (task: Partial<Task> & Pick<Task, 'task'>): Promise<unknown> => {
    const { result, peakBytes } = await runWorker(fullTask(task, { assetId, key, model: shotsModel }));
    totals.decodeCoreSeconds += result.coreSeconds;
    totals.peakBytes = Math.max(totals.peakBytes, peakBytes);
    return result.answer;
  };
  const inferenceBefore = coreSecondsOf(service.modelsProcess);
  const started = performance.now();
  const { run, chunkCount } = planShotsResultSchema.parse(await ask({ task: 'plan' }));
  const outputKeys: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let chunk = next++; chunk < chunkCount; chunk = next++) {
      await ask({ task: 'decode', run, chunk });
      const { outputKey, failureKey } = await endpoint.send({
        ...{ bucketName: 'derived', inputKey: shotsWorkKeys.windows(assetId, run, chunk) },
        ...{ inferenceId: `measure.${chunk}`, withinSeconds: inferenceSeconds },
      });
      while ((await derived.head({ key: outputKey })) === undefined) {
        if (failureKey && (await derived.head({ key: failureKey })))
          throw new Error((await derived.readBytes({ key: failureKey }, { maxBytes: 10_000 })).toString());
        await delay(pollMilliseconds);
      }
      outputKeys[chunk] = outputKey;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  const { shotCount, frameCount } = (await ask({ task: 'assemble', run, outputKeys })) as {
    shotCount: number;
    frameCount: number;
  };
  return {
    wallSeconds: (performance.now() - started) / 1000,
    frames: frameCount,
    shots: shotCount,
    ...totals,
    inferenceCoreSeconds: coreSecondsOf(service.modelsProcess) - inferenceBefore,
  };
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
