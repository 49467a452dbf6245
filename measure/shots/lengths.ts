import type { Measurement } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import type { Material } from './scale/material.ts';
import type { VideoRun } from './scale/run-video.ts';
import { mebibytes, milliseconds, withTimedVideos, workPerFrame } from './scale/timed-videos.ts';
import { maxWorkerBytes } from './scale.ts';

/** Work per frame of the shortest and the longest video may differ by start-up and the video's own ends, no more. */
const flatWithin = 0.15;

const small = (name: string, seconds: number): Material => ({ name, seconds, size: '320x180', bitrate: '200k' });
const minute = small('minute', 60);
const longer = [small('twelve-minutes', 720), small('hour', 3600), small('eight-hours', 28_800)];
const minutesBeforeEach = 3;

/**
 * The work per frame from a minute to eight hours, in core-seconds of the workers, their ffmpeg and the model server,
 * with chunks sampled as `measureScale` has them. A minute of video is over in seconds, in which a machine may be a
 * fifth faster or slower: it is run three times before each of the longer ones, and the run in the middle counts.
 */
export const measureLengths = (machine: QuietMachine): Promise<Measurement> =>
  withTimedVideos((run) =>
    machine.during(async () => {
      const minutes: VideoRun[] = [];
      const series: VideoRun[] = [];
      for (const each of longer) {
        for (let again = 0; again < minutesBeforeEach; again += 1)
          minutes.push(await run(`${minute.name}, run ${minutes.length + 1}`, minute));
        series.push(await run(each.name, each));
      }
      return conclusion(minutes, [medianOf(minutes), ...series]);
    }),
  );

const medianOf = (runs: readonly VideoRun[]): VideoRun =>
  runs.toSorted((one, other) => workPerFrame(one) - workPerFrame(other))[Math.floor(runs.length / 2)] as VideoRun;

function conclusion(minutes: readonly VideoRun[], series: readonly VideoRun[]): Measurement {
  const work = series.map(workPerFrame);
  const spread = Math.max(...work) / Math.min(...work) - 1;
  const peak = Math.max(...[...minutes, ...series].map(({ peakBytes }) => peakBytes));
  return {
    targets: [
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
    ],
    figures: { lengthsPeakMiB: Number((peak / 2 ** 20).toFixed(0)) },
    details: { minutes: minutes.map(workPerFrame), series },
  };
}
