import { createHash } from 'node:crypto';
import { packagesOf } from '../../setup/model-archives.ts';
import { type Measurement, percentile } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import { startService } from './scale/local-service.ts';
import { framesPerSecond, type Material, material } from './scale/material.ts';
import { decodeDollars, inferenceDollars, prices } from './scale/prices.ts';
import { runVideo, type VideoRun, type VideoRunOptions } from './scale/run-video.ts';

const maxWorkerBytes = 400 * 1024 * 1024;
/** Work per frame of the shortest and the longest video may differ by start-up and the video's own ends, no more. */
const flatWithin = 0.15;

const hour: Material = { name: 'hour-1080p', seconds: 3600, size: '1920x1080', bitrate: '6M' };
const small = (name: string, seconds: number): Material => ({ name, seconds, size: '320x180', bitrate: '200k' });
const lengths = [small('minute', 60), small('ten-minutes', 600), small('hour', 3600), small('eight-hours', 28_800)];
/** A chunk's worth of what needs the most memory to decode. */
const large: readonly Material[] = [
  { name: 'uhd-h264', seconds: 20, size: '3840x2160', bitrate: '20M' },
  {
    ...{ name: 'uhd-hevc-10-bit', seconds: 20, size: '3840x2160', bitrate: '20M' },
    encoder: ['-c:v', 'libx265', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error'],
  },
];

const perFrame = (run: VideoRun): number =>
  run.decodeCoreSeconds / run.frames + run.inferenceCoreSeconds / run.inferredFrames;
const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(2)} ms`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/**
 * What long videos cost: one hour of 1080p by one and by two workers, and the work per frame from a minute to eight
 * hours, in core-seconds of the workers, their ffmpeg and the model server. Only the hour of 1080p is timed by the
 * clock. Long videos repeat a minute, so that most of their chunks' answers are known from earlier ones.
 */
export async function measureScale(machine: QuietMachine): Promise<Measurement> {
  const model = packagesOf('local').find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('the local environment names no shots package');
  const service = await startService(model);
  const run = async (
    name: string,
    each: Material,
    options: Pick<VideoRunOptions, 'workers' | 'isSampled' | 'during'>,
  ) => {
    const assetId = createHash('sha256').update(name).digest('hex');
    const found = await runVideo(service, { file: await material(each), assetId, model, ...options });
    console.log(
      `${name}: ${found.wallSeconds.toFixed(1)} s, ${found.frames} frames, ${milliseconds(perFrame(found))} of a core a frame, ` +
        `${mebibytes(found.peakBytes)} at most`,
    );
    return found;
  };
  const timed = { isSampled: false, during: machine.during.bind(machine) };
  const untimed = { isSampled: true, workers: 1, during: <Result>(work: () => Promise<Result>) => work() };
  try {
    const largest: VideoRun[] = [];
    for (const each of large) largest.push(await run(each.name, each, untimed));
    const series: VideoRun[] = [];
    for (const each of lengths) series.push(await run(each.name, each, untimed));
    const one = await run(`${hour.name}, one worker`, hour, { ...timed, workers: 1 });
    const two = await run(`${hour.name}, two workers`, hour, { ...timed, workers: 2 });
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
  const decode = percentile([one.decodeCoreSeconds, two.decodeCoreSeconds], 0.5);
  const inference = percentile([one.inferenceCoreSeconds, two.inferenceCoreSeconds], 0.5);
  return {
    targets: [
      {
        name: 'one hour of 1080p goes through by one worker and by two, with the same shots',
        holds: one.shots === two.shots && one.frames === two.frames && one.frames === hour.seconds * framesPerSecond,
        found: `${one.wallSeconds.toFixed(0)} s and ${two.wallSeconds.toFixed(0)} s, ${one.shots} and ${two.shots} shots`,
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
      scaleOneWorkerSeconds: Number(one.wallSeconds.toFixed(1)),
      scaleTwoWorkersSeconds: Number(two.wallSeconds.toFixed(1)),
      scalePeakMiB: Number((peak / 2 ** 20).toFixed(0)),
      scaleLargestPicturesPeakMiB: Number((largestPeak / 2 ** 20).toFixed(0)),
      decodeCoreSecondsPerVideoHour: Number(decode.toFixed(0)),
      inferenceCoreSecondsPerVideoHour: Number(inference.toFixed(0)),
      dollarsPerVideoHour: Number((decodeDollars(decode) + inferenceDollars(inference)).toFixed(4)),
    },
    details: { one, two, series, largest, prices },
  };
}
