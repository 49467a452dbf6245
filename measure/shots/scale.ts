import { createHash } from 'node:crypto';
import { packagesOf } from '../../setup/model-archives.ts';
import { type Measurement, percentile } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import { bundleWorker } from './scale/bundled-worker.ts';
import { startService } from './scale/local-service.ts';
import { framesPerSecond, type Material, material } from './scale/material.ts';
import { decodeDollars, inferenceDollars, prices } from './scale/prices.ts';
import { runVideo, type VideoRun, type VideoRunOptions, type Work } from './scale/run-video.ts';

const maxWorkerBytes = 400 * 1024 * 1024;
/** Work per frame of the shortest and the longest video may differ by start-up and the video's own ends, no more. */
const flatWithin = 0.15;

const hour: Material = { name: 'hour-1080p', seconds: 3600, size: '1920x1080', bitrate: '4M' };
const small = (name: string, seconds: number): Material => ({ name, seconds, size: '320x180', bitrate: '200k' });
const minute = small('minute', 60);
const longer = [small('twelve-minutes', 720), small('hour', 3600), small('eight-hours', 28_800)];
/** A chunk's worth of what needs the most memory to decode. */
const large: readonly Material[] = [
  { name: 'uhd-h264', seconds: 20, size: '3840x2160', bitrate: '20M' },
  {
    ...{ name: 'uhd-hevc-10-bit', seconds: 20, size: '3840x2160', bitrate: '20M' },
    encoder: ['-c:v', 'libx265', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error'],
  },
];

const workOf = ({ decodeCoreSeconds, inferenceCoreSeconds }: Work): number => decodeCoreSeconds + inferenceCoreSeconds;
const perFrame = (run: VideoRun): number =>
  workOf(run.chunkWork) / run.sampledFrames + workOf(run.wholeWork) / run.frames;
/** What the sampled chunks took, for all of them, and what the whole took. */
const ofAll = (run: VideoRun, take: (work: Work) => number): number =>
  (take(run.chunkWork) * run.frames) / run.sampledFrames + take(run.wholeWork);
const wallSeconds = (run: VideoRun): number => ofAll(run, (work) => work.wallSeconds);
/** By work per frame. */
const medianOf = (runs: readonly VideoRun[]): VideoRun =>
  runs.toSorted((one, other) => perFrame(one) - perFrame(other))[Math.floor(runs.length / 2)] as VideoRun;
const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(2)} ms`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/**
 * What long videos cost: one hour of 1080p by one and by two workers, and the work per frame from a minute to eight
 * hours, in core-seconds of the workers, their ffmpeg and the model server. Only the hour of 1080p is timed by the
 * clock. Of a video of more than four chunks (twelve minutes) four are decoded, judged and given keyframes, from its
 * beginning, middle and end, and their time and work are multiplied; plan and stitching are done over all its frames.
 * A minute of video is over in seconds, in which a machine may be a tenth faster or slower: it is run before each of the
 * longer ones, and the run in the middle counts.
 */
export async function measureScale(machine: QuietMachine): Promise<Measurement> {
  const model = packagesOf('local').find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('the local environment names no shots package');
  const workerFile = await bundleWorker();
  const service = await startService(model);
  const run = async (name: string, each: Material, workers: VideoRunOptions['workers']) => {
    const assetId = createHash('sha256').update(name).digest('hex');
    const found = await runVideo(service, { workerFile, file: await material(each), assetId, model, workers });
    console.log(
      `${name}: ${found.frames} frames, ${found.sampledChunks} of ${found.chunks} chunks computed, ` +
        `${milliseconds(perFrame(found))} of a core a frame, ${mebibytes(found.peakBytes)} at most, ` +
        `${wallSeconds(found).toFixed(0)} s ${found.sampledChunks < found.chunks ? 'extrapolated' : 'in all'}` +
        `${found.isAssembled ? '' : ', preview not joined'}`,
    );
    return found;
  };
  try {
    const largest: VideoRun[] = [];
    for (const each of large) largest.push(await run(each.name, each, 1));
    const minutes: VideoRun[] = [];
    const series: VideoRun[] = [];
    for (const [at, each] of longer.entries()) {
      minutes.push(await run(`${minute.name}, ${at + 1} of ${longer.length}`, minute, 1));
      series.push(await run(each.name, each, 1));
    }
    series.unshift(medianOf(minutes));
    await material(hour);
    const one = await machine.during(() => run(`${hour.name}, one worker`, hour, 1));
    const two = await machine.during(() => run(`${hour.name}, two workers`, hour, 2));
    return conclusion({ one, two, series, largest });
  } finally {
    await service.stop();
  }
}

interface Runs {
  one: VideoRun;
  two: VideoRun;
  series: readonly VideoRun[];
  largest: readonly VideoRun[];
}

function conclusion({ one, two, series, largest }: Runs): Measurement {
  const peak = Math.max(...[one, two, ...series].map(({ peakBytes }) => peakBytes));
  const largestPeak = Math.max(...largest.map(({ peakBytes }) => peakBytes));
  const work = series.map(perFrame);
  const spread = Math.max(...work) / Math.min(...work) - 1;
  const decode = percentile(
    [one, two].map((run) => ofAll(run, (work) => work.decodeCoreSeconds)),
    0.5,
  );
  const inference = percentile(
    [one, two].map((run) => ofAll(run, (work) => work.inferenceCoreSeconds)),
    0.5,
  );
  return {
    targets: [
      {
        name: 'one hour of 1080p goes through by one worker and by two, with the same shots',
        holds: one.shots === two.shots && one.frames === two.frames && one.frames === hour.seconds * framesPerSecond,
        found:
          `${wallSeconds(one).toFixed(0)} s and ${wallSeconds(two).toFixed(0)} s, ${one.shots} and ${two.shots} shots ` +
          `(${one.sampledChunks} of ${one.chunks} chunks computed, time multiplied; preview not joined)`,
      },
      {
        name: `work per frame is flat within ${flatWithin * 100} % from one minute to eight hours`,
        holds: spread <= flatWithin,
        found: `${(spread * 100).toFixed(1)} %: ${work.map(milliseconds).join(', ')}`,
      },
      {
        name: 'a worker with its ffmpeg stays below 400 MiB at any length',
        holds: peak < maxWorkerBytes,
        found: mebibytes(peak),
      },
      {
        name: 'a worker with its ffmpeg stays below 400 MiB with 2160p in H.264 and in 10-bit HEVC',
        holds: largestPeak < maxWorkerBytes,
        found: largest.map(({ peakBytes }) => mebibytes(peakBytes)).join(' and '),
      },
    ],
    figures: {
      scaleOneWorkerSeconds: Number(wallSeconds(one).toFixed(1)),
      scaleTwoWorkersSeconds: Number(wallSeconds(two).toFixed(1)),
      scalePeakMiB: Number((peak / 2 ** 20).toFixed(0)),
      scaleLargestPicturesPeakMiB: Number((largestPeak / 2 ** 20).toFixed(0)),
      decodeCoreSecondsPerVideoHour: Number(decode.toFixed(0)),
      inferenceCoreSecondsPerVideoHour: Number(inference.toFixed(0)),
      dollarsPerVideoHour: Number((decodeDollars(decode) + inferenceDollars(inference)).toFixed(4)),
    },
    details: { one, two, series, largest, prices },
  };
}
