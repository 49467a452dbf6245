import { createHash } from 'node:crypto';
import { packagesOf } from '../../../setup/model-archives.ts';
import { bundleWorker } from './bundled-worker.ts';
import { startService } from './local-service.ts';
import { type Material, material } from './material.ts';
import { runVideo, type VideoRun, type VideoRunOptions, videoInPieces, type Work } from './run-video.ts';

export interface TimedVideos {
  run(name: string, each: Material, workers?: number): Promise<VideoRun>;
  /** One worker's, a piece of work at a time. */
  inPieces(name: string, each: Material): AsyncGenerator<undefined, VideoRun>;
}

/** Starts what videos go through, lets `work` run some, each under a name of its own, and stops it. */
export async function withTimedVideos<Result>(work: (videos: TimedVideos) => Promise<Result>): Promise<Result> {
  const model = packagesOf('local').find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('the local environment names no shots package');
  const workerFile = await bundleWorker();
  const service = await startService(model);
  const optionsOf = async (name: string, each: Material, workers: number): Promise<VideoRunOptions> => ({
    ...{ workerFile, file: await material(each), model, workers },
    assetId: createHash('sha256').update(name).digest('hex'),
  });
  try {
    return await work({
      run: async (name, each, workers = 1) => said(name, await runVideo(service, await optionsOf(name, each, workers))),
      inPieces: async function* (name, each) {
        return said(name, yield* videoInPieces(service, await optionsOf(name, each, 1)));
      },
    });
  } finally {
    await service.stop();
  }
}

function said(name: string, run: VideoRun): VideoRun {
  console.log(
    `${name}: ${run.frames} frames, ${run.sampledChunks} of ${run.chunks} chunks computed, ` +
      `${milliseconds(workPerFrame(run))} of a core a frame, ${mebibytes(run.peakBytes)} at most, ` +
      `${wallSeconds(run).toFixed(0)} s ${run.sampledChunks < run.chunks ? 'extrapolated' : 'in all'}` +
      `${run.isAssembled ? '' : ', preview not joined'}`,
  );
  return run;
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
