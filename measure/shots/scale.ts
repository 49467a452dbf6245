import { createHash } from 'node:crypto';
import { packagesOf } from '../../setup/model-archives.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { startService } from './scale/local-service.ts';
import { type Material, material } from './scale/material.ts';
import { decodeDollars, inferenceDollars, prices } from './scale/prices.ts';
import { runVideo, type VideoRun } from './scale/run-video.ts';

const maxWorkerBytes = 400 * 1024 * 1024;
/** Work per frame of the shortest and the longest video may differ by start-up and the video's own ends, no more. */
const flatWithin = 0.15;

const hour: Material = { name: 'hour-1080p', seconds: 3600, size: '1920x1080' };
const shortHour: Material = { name: 'two-minutes-1080p', seconds: 120, size: '1920x1080' };
const small = (name: string, seconds: number): Material => ({ name, seconds, size: '320x180' });
const lengths = [small('minute', 60), small('ten-minutes', 600), small('hour', 3600), small('eight-hours', 28_800)];

const perFrame = (run: VideoRun): number => (run.decodeCoreSeconds + run.inferenceCoreSeconds) / run.frames;
const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(2)} ms`;

/**
 * What long videos cost: one hour of 1080p by one and by two workers, and the work per frame from a minute to eight
 * hours, in core-seconds of the workers, their ffmpeg and the model server.
 * @param isShort leaves out what takes hours, says so, and does not hold.
 */
export async function measureScale({ isShort = false }: { isShort?: boolean } = {}): Promise<Measurement> {
  const model = packagesOf('local').find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('the local environment names no shots package');
  const service = await startService(model);
  const runs: Record<string, VideoRun> = {};
  const run = async (name: string, each: Material, workers: number): Promise<VideoRun> => {
    const assetId = createHash('sha256').update(name).digest('hex');
    const found = await runVideo(service, { file: await material(each), assetId, model, workers });
    runs[name] = found;
    console.log(
      `${name}: ${found.wallSeconds.toFixed(1)} s, ${found.frames} frames, ${milliseconds(perFrame(found))} of a core a frame, ` +
        `${(found.peakBytes / 2 ** 20).toFixed(0)} MiB at most`,
    );
    return found;
  };
  try {
    const wide = isShort ? shortHour : hour;
    const one = await run(`${wide.name}, one worker`, wide, 1);
    const two = await run(`${wide.name}, two workers`, wide, 2);
    const series: VideoRun[] = [];
    for (const each of isShort ? lengths.slice(0, 1) : lengths) series.push(await run(each.name, each, 2));
    return conclusion({ one, two, series, isShort, videoSeconds: wide.seconds, runs });
  } finally {
    await service.stop();
  }
}

function conclusion({
  one,
  two,
  series,
  isShort,
  videoSeconds,
  runs,
}: {
  one: VideoRun;
  two: VideoRun;
  series: readonly VideoRun[];
  isShort: boolean;
  videoSeconds: number;
  runs: Readonly<Record<string, VideoRun>>;
}): Measurement {
  const perHour = 3600 / videoSeconds;
  const peak = Math.max(...Object.values(runs).map(({ peakBytes }) => peakBytes));
  const work = series.map(perFrame);
  const spread = Math.max(...work) / Math.min(...work) - 1;
  const decode = percentile([one.decodeCoreSeconds, two.decodeCoreSeconds], 0.5) * perHour;
  const inference = percentile([one.inferenceCoreSeconds, two.inferenceCoreSeconds], 0.5) * perHour;
  const skipped = 'not run: short';
  return {
    targets: [
      {
        name: 'one hour of 1080p goes through by one worker and by two, with the same shots',
        holds: !isShort && one.shots === two.shots && one.frames === two.frames,
        found: `${one.wallSeconds.toFixed(0)} s and ${two.wallSeconds.toFixed(0)} s${isShort ? ` for ${videoSeconds} s of video; the hour was ${skipped}` : ''}`,
      },
      {
        name: `work per frame is flat within ${flatWithin * 100} % from one minute to eight hours`,
        holds: !isShort && spread <= flatWithin,
        found: isShort
          ? `${skipped}; ${work.map(milliseconds).join(', ')}`
          : `${(spread * 100).toFixed(1)} %: ${work.map(milliseconds).join(', ')}`,
      },
      {
        name: 'a worker with its ffmpeg stays below 400 MiB at any length',
        holds: !isShort && peak < maxWorkerBytes,
        found: `${(peak / 2 ** 20).toFixed(0)} MiB${isShort ? '; longer videos were not run' : ''}`,
      },
    ],
    figures: {
      scaleOneWorkerSeconds: Number(one.wallSeconds.toFixed(1)),
      scaleTwoWorkersSeconds: Number(two.wallSeconds.toFixed(1)),
      scaleVideoSeconds: videoSeconds,
      scalePeakMiB: Number((peak / 2 ** 20).toFixed(0)),
      decodeCoreSecondsPerVideoHour: Number(decode.toFixed(0)),
      inferenceCoreSecondsPerVideoHour: Number(inference.toFixed(0)),
      dollarsPerVideoHour: Number((decodeDollars(decode) + inferenceDollars(inference)).toFixed(4)),
    },
    details: { runs, prices },
  };
}
