import { type Measurement, percentile } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import { framesPerSecond, type Material, material } from './scale/material.ts';
import { decodeDollars, inferenceDollars, prices } from './scale/prices.ts';
import type { VideoRun } from './scale/run-video.ts';
import { mebibytes, ofAllChunks, wallSeconds, withTimedVideos } from './scale/timed-videos.ts';

/** Of a worker with its ffmpeg, whatever the video. */
export const maxWorkerBytes = 400 * 1024 * 1024;

const hour: Material = { name: 'hour-1080p', seconds: 3600, size: '1920x1080', bitrate: '4M' };
/** A chunk's worth of what needs the most memory to decode. */
const large: readonly Material[] = [
  { name: 'uhd-h264', seconds: 20, size: '3840x2160', bitrate: '20M' },
  {
    ...{ name: 'uhd-hevc-10-bit', seconds: 20, size: '3840x2160', bitrate: '20M' },
    encoder: ['-c:v', 'libx265', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error'],
  },
];

/**
 * What one hour of 1080p costs by one and by two workers, and the memory of the pictures that need the most. Of a video
 * of more than four chunks (thirteen minutes) four are decoded, judged and given keyframes, from its beginning, middle and
 * end, and their time and work are multiplied; plan and stitching are done over all its frames.
 */
export const measureScale = (machine: QuietMachine): Promise<Measurement> =>
  withTimedVideos(async ({ run }) => {
    const largest: VideoRun[] = [];
    for (const each of large) largest.push(await run(each.name, each));
    await material(hour);
    const one = await machine.during(() => run(`${hour.name}, one worker`, hour));
    const two = await machine.during(() => run(`${hour.name}, two workers`, hour, 2));
    return conclusion({ one, two, largest });
  });

interface Runs {
  one: VideoRun;
  two: VideoRun;
  largest: readonly VideoRun[];
}

function conclusion({ one, two, largest }: Runs): Measurement {
  const peak = Math.max(one.peakBytes, two.peakBytes);
  const largestPeak = Math.max(...largest.map(({ peakBytes }) => peakBytes));
  const decode = percentile(
    [one, two].map((run) => ofAllChunks(run, (work) => work.decodeCoreSeconds)),
    0.5,
  );
  const inference = percentile(
    [one, two].map((run) => ofAllChunks(run, (work) => work.inferenceCoreSeconds)),
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
        name: 'a worker with its ffmpeg stays below 400 MiB with one hour of 1080p',
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
    details: { one, two, largest, prices },
  };
}
