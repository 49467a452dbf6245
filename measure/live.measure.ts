import path from 'node:path';
import { parseArgs } from 'node:util';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ModelEndpoint } from '../lambdas/clients/model-endpoint.ts';
import type { LiveMode } from '../lambdas/contracts/live.ts';
import { shotsModelSchema } from '../lambdas/contracts/models.ts';
import { readDeployment } from '../lib/config/deployment.ts';
import { instanceOf } from '../local/supervisor/instance.ts';
import { withOwnSystem } from '../local/supervisor/own-system.ts';
import { root } from '../setup/places.ts';
import { archiveShots, replayedShots } from './live/archive-path.ts';
import { type FeedClip, makeFeedClip } from './live/feed-clip.ts';
import {
  type Agreement,
  agreement,
  type Beginning,
  beginningsBy,
  delays,
  f1Of,
  liveBeginnings,
  stretchesOf,
  trueCuts,
} from './live/judge.ts';
import { type LiveRun, runLive } from './live/live-run.ts';
import { familyOf, keepOn } from './live/processor-time.ts';
import { type Measurement, percentile } from './measurement.ts';
import { measureParts, readParts } from './parts.ts';
import { QuietMachine } from './quiet-machine.ts';

/** What the delay may be, at the 95th percentile. */
const limitSeconds: Readonly<Record<LiveMode, number>> = { normal: 3.3, 'low-latency': 1.6 };
/** A minute less would not be a measure of a feed. */
const leastMinutes = 10;
/** A machine is kept quiet for no longer at once: the feed is played as often as is needed. */
const mostMinutesAtOnce = 5;
const place = { instance: 'measure-live', basePort: 6300 };
const modes: readonly LiveMode[] = ['normal', 'low-latency'];

/**
 * Plays a film as a feed at 25 frames a second to the live service, some minutes at a time, each time with three cable
 * pulls and a clock that is set at the end.
 * @param options the modes to run, both where none is named; the figures of the other stay in the file as they were.
 *   `--minutes N` is for a look: fewer than ten fall short.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const { values, positionals } = parseArgs({
    ...{ args: [...options], allowPositionals: true },
    options: { minutes: { type: 'string', default: String(leastMinutes) } },
  });
  const unknown = positionals.filter((option) => !(modes as readonly string[]).includes(option));
  if (unknown.length > 0)
    throw new Error(`the measure of live has no mode "${unknown[0]}"; there is ${modes.join(' and ')}.`);
  const clip = await makeFeedClip();
  const machine = new QuietMachine();
  const minutes = Number(values.minutes);
  const parts = Object.fromEntries(modes.map((mode) => [mode, () => measureMode(mode, { clip, minutes, machine })]));
  const wanted = positionals.length > 0 ? positionals : modes;
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'live.json')));
}

interface FeedOptions {
  clip: FeedClip;
  minutes: number;
  machine: QuietMachine;
}

async function measureMode(mode: LiveMode, { clip, minutes, machine }: FeedOptions): Promise<Measurement> {
  const stretches = Math.ceil(minutes / mostMinutesAtOnce);
  const minutesAtOnce = minutes / stretches;
  const instance = instanceOf(place.instance, place.basePort);
  return withOwnSystem({ ...place, withSamples: false }, async ({ processIds }) => {
    const modelProcesses = familyOf(processIds['models'] ?? 0);
    for (const id of modelProcesses) keepOn(id, mode === 'normal' ? '0' : '0-255');
    const runs: LiveRun[] = [];
    for (let stretch = 0; stretch < stretches; stretch += 1) {
      console.log(`${mode}: ${minutesAtOnce} minutes of the feed, then three cable pulls and a clock that is set`);
      const run = { instance, clip, mode, seconds: minutesAtOnce * 60, modelProcesses };
      runs.push(await machine.during(() => runLive(run)));
    }
    return judge(mode, runs, { minutesAtOnce, cutsAfter: clip.cutsAfter });
  });
}

/** One run, and what begins in it: live, by the archive's way, by live at the archive's stride, in the film itself. */
interface JudgedRun {
  run: LiveRun;
  live: Beginning[];
  archive: Beginning[];
  replayed: Beginning[];
  truth: number[];
}

async function judge(
  mode: LiveMode,
  runs: readonly LiveRun[],
  { minutesAtOnce, cutsAfter }: { minutesAtOnce: number; cutsAfter: readonly number[] },
): Promise<Measurement> {
  const { packages } = readDeployment((name) => ({ env: 'local', webDist: 'none' })[name]);
  const endpoint = new ModelEndpoint({
    client: new SageMakerRuntimeClient({}),
    endpointName: 'wirescope-local-shots-live',
  });
  const detection = { endpoint, model: shotsModelSchema.parse(packages.shots) };
  const judged: JudgedRun[] = [];
  for (const run of runs)
    judged.push({
      run,
      live: liveBeginnings(run),
      archive: await beginningsBy(run, (frames) => archiveShots(frames, detection)),
      replayed:
        mode === 'normal'
          ? await beginningsBy(run, (frames) => replayedShots(frames, detection, detection.model.limits))
          : [],
      truth: trueCuts(run, cutsAfter),
    });
  const spelled = (beginnings: readonly Beginning[]) =>
    beginnings.map(({ kind, startFrame }) => `${kind} ${startFrame}`).join();
  const cuts = (of: readonly Beginning[]) => of.map(({ startFrame }) => startFrame);
  const f1 = (of: (each: JudgedRun) => Agreement) => Number(f1Of(judged.map(of)).toFixed(4));
  const of = (kind: Beginning['kind']) => runs.flatMap((run) => delays(run).filter((delay) => delay.kind === kind));
  const seconds = (kind: Beginning['kind'], share: number) =>
    Number(
      (
        percentile(
          of(kind).map(({ milliseconds }) => milliseconds),
          share,
        ) / 1000
      ).toFixed(3),
    );
  const cutCount = of('cut').length;
  const p95 = seconds('cut', 0.95);
  const longest = seconds('cut', 1);
  const modelShare = Math.max(...runs.map((run) => run.modelShare));
  const stretches = runs.map((run) => stretchesOf(run).length);
  const name = mode === 'normal' ? 'normal' : 'low';
  const targets: Measurement['targets'] = [
    {
      name: `the feed ran for at least ${leastMinutes} minutes`,
      holds: runs.length * minutesAtOnce >= leastMinutes,
      found: `${runs.length} times ${minutesAtOnce} minutes`,
    },
    {
      name: `p95 from the last frame of a cut to the event at most ${limitSeconds[mode]} s`,
      holds: cutCount > 0 && p95 <= limitSeconds[mode],
      found: `${p95} s over ${cutCount} cuts`,
    },
    {
      name: 'three cable pulls are gaps, a set clock is none, the service stops cleanly, each time',
      holds: stretches.every((count) => count === 4) && runs.every(({ exitCode }) => exitCode === 0),
      found: `${stretches.join(' and ')} stretches, exit codes ${runs.map(({ exitCode }) => exitCode).join(' and ')}`,
    },
  ];
  if (mode === 'normal')
    targets.push(
      {
        name: "at the archive's stride live finds what the archive finds in the same frames",
        holds: judged.every(({ archive, replayed }) => archive.length > 0 && spelled(archive) === spelled(replayed)),
        found: judged
          .map(({ run, archive, replayed }) => `${replayed.length} live and ${archive.length} in ${run.taken.length}`)
          .join('; '),
      },
      {
        name: 'the model keeps up on one core',
        holds: modelShare < 1 && cutCount > 0 && longest < limitSeconds.normal + 2,
        found: `${(modelShare * 100).toFixed(0)} % of a core, longest delay ${longest} s`,
      },
    );
  return {
    figures: {
      [`${name}Cuts`]: cutCount,
      [`${name}DelayP50Seconds`]: seconds('cut', 0.5),
      [`${name}DelayP95Seconds`]: p95,
      [`${name}DelayMaxSeconds`]: longest,
      // The film has hardly any: a figure only where there is something to measure.
      ...(of('gradual').length > 0 && { [`${name}GradualDelayP95Seconds`]: seconds('gradual', 0.95) }),
      [`${name}ModelCores`]: Number(modelShare.toFixed(3)),
      [`${name}ServiceCores`]: Number(Math.max(...runs.map((run) => run.serviceShare)).toFixed(3)),
      [`${name}F1WithArchive`]: f1(({ live, archive }) => agreement(cuts(live), cuts(archive))),
      [`${name}F1WithTruth`]: f1(({ live, truth }) => agreement(cuts(live), truth)),
      [`${name}ArchiveF1WithTruth`]: f1(({ archive, truth }) => agreement(cuts(archive), truth)),
    },
    targets,
  };
}
