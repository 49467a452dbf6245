import { createHash } from 'node:crypto';
import { packagesOf } from '../../../setup/model-archives.ts';
import { bundleWorker } from './bundled-worker.ts';
import { startService } from './local-service.ts';
import { type Material, material } from './material.ts';
import { runVideo, type VideoRun, type Work } from './run-video.ts';

export type TimedRun = (name: string, each: Material, workers?: number) => Promise<VideoRun>;

/** Starts what videos go through, lets `work` run some, each under a name of its own, and stops it. */
export async function withTimedVideos<Result>(work: (run: TimedRun) => Promise<Result>): Promise<Result> {
  const model = packagesOf('local').find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('the local environment names no shots package');
  const workerFile = await bundleWorker();
  const service = await startService(model);
  try {
    return await work(async (name, each, workers = 1) => {
      const assetId = createHash('sha256').update(name).digest('hex');
      const found = await runVideo(service, { workerFile, file: await material(each), assetId, model, workers });
      console.log(
        `${name}: ${found.frames} frames, ${found.sampledChunks} of ${found.chunks} chunks computed, ` +
          `${milliseconds(workPerFrame(found))} of a core a frame, ${mebibytes(found.peakBytes)} at most, ` +
          `${wallSeconds(found).toFixed(0)} s ${found.sampledChunks < found.chunks ? 'extrapolated' : 'in all'}` +
          `${found.isAssembled ? '' : ', preview not joined'}`,
      );
      return found;
    });
  } finally {
    await service.stop();
  }
}

const workOf = ({ decodeCoreSeconds, inferenceCoreSeconds }: Work): number => decodeCoreSeconds + inferenceCoreSeconds;

/** In core-seconds of the workers, their ffmpeg and the model server. */
export const workPerFrame = (run: VideoRun): number =>
  workOf(run.chunkWork) / run.sampledFrames + workOf(run.wholeWork) / run.frames;

/** What the sampled chunks took, for all of them, and what the whole took. */
export const ofAllChunks = (run: VideoRun, take: (work: Work) => number): number =>
  (take(run.chunkWork) * run.frames) / run.sampledFrames + take(run.wholeWork);

export const wallSeconds = (run: VideoRun): number => ofAllChunks(run, (work) => work.wallSeconds);
export const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(2)} ms`;
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
