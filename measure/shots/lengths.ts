import type { Measurement } from '../measurement.ts';
import type { QuietMachine } from '../quiet-machine.ts';
import type { Material } from './scale/material.ts';
import type { VideoRun } from './scale/run-video.ts';
import { mebibytes, milliseconds, type TimedVideos, withTimedVideos, workPerFrame } from './scale/timed-videos.ts';
import { maxWorkerBytes } from './scale.ts';

/** Work per frame of the shortest and the longest video may differ by start-up and the video's own ends, no more. */
const flatWithin = 0.15;

const small = (name: string, seconds: number): Material => ({ name, seconds, size: '320x180', bitrate: '200k' });
const minute = small('minute', 60);
const longer = [small('ten-minutes', 600), small('hour', 3600), small('eight-hours', 28_800)];

/**
 * The work per frame from a minute to eight hours, in core-seconds of the workers, their ffmpeg and the model server,
 * with chunks sampled as `measureScale` has them. A machine may be a fifth faster or slower for minutes: the videos take
 * turns, a piece of work of one and a piece of the minute, which begins anew as long as another is going on.
 */
export const measureLengths = (machine: QuietMachine): Promise<Measurement> =>
  withTimedVideos((videos) => machine.during(async () => conclusion(await inTurns(videos))));

interface Runs {
  minutes: VideoRun[];
  series: VideoRun[];
}

async function inTurns({ inPieces }: TimedVideos): Promise<Runs> {
  const minutes: VideoRun[] = [];
  async function* minuteByMinute(): AsyncGenerator<undefined, void> {
    for (;;) {
      minutes.push(yield* inPieces(`${minute.name}, run ${minutes.length + 1}`, minute));
      yield;
    }
  }
  const minutesPieces = minuteByMinute();
  const lanes = longer.map((each) => ({ pieces: inPieces(each.name, each), run: undefined as VideoRun | undefined }));
  while (lanes.some(({ run }) => run === undefined))
    for (const lane of lanes.filter(({ run }) => run === undefined)) {
      await minutesPieces.next();
      const piece = await lane.pieces.next();
      if (piece.done === true) lane.run = piece.value;
    }
  return { minutes, series: lanes.map(({ run }) => run as VideoRun) };
}

/** Of all runs together. */
const workPerFrameOf = (runs: readonly VideoRun[]): number =>
  runs.reduce((sum, run) => sum + workPerFrame(run), 0) / runs.length;

function conclusion({ minutes, series }: Runs): Measurement {
  const work = [workPerFrameOf(minutes), ...series.map(workPerFrame)];
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
