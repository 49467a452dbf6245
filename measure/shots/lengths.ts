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
 * with chunks sampled as `measureScale` has them. A machine may be a fifth faster or slower for minutes: after each piece
 * of a long video's work a minute is worked on, and the long one is told in those minutes' work per frame.
 */
export const measureLengths = (machine: QuietMachine): Promise<Measurement> =>
  withTimedVideos(async (videos) => {
    const compared: Compared[] = [];
    for (const each of longer) compared.push(await machine.during(() => besideMinutes(videos, each)));
    return conclusion(compared);
  });

interface Compared {
  minutes: VideoRun[];
  long: VideoRun;
}

async function besideMinutes({ run, inPieces }: TimedVideos, each: Material): Promise<Compared> {
  const minutes: VideoRun[] = [];
  const pieces = inPieces(each.name, each);
  for (;;) {
    const piece = await pieces.next();
    if (piece.done === true) return { minutes, long: piece.value };
    minutes.push(await run(`${minute.name} ${minutes.length + 1} beside ${each.name}`, minute));
  }
}

/** Of all runs together. */
const workPerFrameOf = (runs: readonly VideoRun[]): number =>
  runs.reduce((sum, run) => sum + workPerFrame(run), 0) / runs.length;

function conclusion(compared: readonly Compared[]): Measurement {
  const work = [1, ...compared.map(({ minutes, long }) => workPerFrame(long) / workPerFrameOf(minutes))];
  const spread = Math.max(...work) / Math.min(...work) - 1;
  const runs = compared.flatMap(({ minutes, long }) => [...minutes, long]);
  const peak = Math.max(...runs.map(({ peakBytes }) => peakBytes));
  const inWords = compared.map(
    ({ minutes, long }, at) =>
      `${longer[at]?.name} ${milliseconds(workPerFrame(long))} beside ${milliseconds(workPerFrameOf(minutes))}`,
  );
  return {
    targets: [
      {
        name: `work per frame is flat within ${flatWithin * 100} % from one minute to eight hours`,
        holds: spread <= flatWithin,
        found: `${(spread * 100).toFixed(1)} %: ${inWords.join(', ')} of a minute`,
      },
      {
        name: 'a worker with its ffmpeg stays below 400 MiB at any length',
        holds: peak < maxWorkerBytes,
        found: mebibytes(peak),
      },
    ],
    figures: { lengthsPeakMiB: Number((peak / 2 ** 20).toFixed(0)) },
    details: {
      compared: compared.map(({ minutes, long }) => ({ minutes: minutes.map(workPerFrame), long })),
    },
  };
}
