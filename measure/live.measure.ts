import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ModelEndpoint } from '../lambdas/clients/model-endpoint.ts';
import type { LiveMode } from '../lambdas/contracts/live.ts';
import { shotsModelSchema } from '../lambdas/contracts/models.ts';
import { readDeployment } from '../lib/config/deployment.ts';
import { instanceOf } from '../local/supervisor/instance.ts';
import { withOwnSystem } from '../local/supervisor/own-system.ts';
import { archiveShots, replayedShots } from './live/archive-path.ts';
import { makeFeedClip } from './live/feed-clip.ts';
import { agreement, beginningsBy, delays, liveBeginnings, stretchesOf, trueCuts } from './live/judge.ts';
import { type LiveRun, runLive } from './live/live-run.ts';
import { familyOf, keepOn } from './live/processor-time.ts';
import { type Measurement, percentile } from './measurement.ts';

/** What the delay may be, at the 95th percentile. */
const limitSeconds: Readonly<Record<LiveMode, number>> = { normal: 3.3, 'low-latency': 1.6 };
/** A minute less would not be a measure of a feed. */
const leastMinutes = 10;
const place = { instance: 'measure-live', basePort: 5800 };

interface ModeFound {
  figures: Record<string, number | string>;
  targets: Measurement['targets'];
}

/**
 * Plays a film as a feed at 25 frames a second to the live service, in both modes in turn. `--minutes N` makes a
 * shorter run, which never holds.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const at = options.indexOf('--minutes');
  const minutes = at < 0 ? leastMinutes : Number(options[at + 1]);
  const clip = await makeFeedClip();
  const instance = instanceOf(place.instance, place.basePort);
  return withOwnSystem({ ...place, withSamples: false }, async ({ processIds }) => {
    const modelProcesses = familyOf(processIds['models'] ?? 0);
    const found: ModeFound[] = [];
    for (const mode of ['normal', 'low-latency'] as const) {
      for (const id of modelProcesses) keepOn(id, mode === 'normal' ? '0' : '0-255');
      console.log(`${mode}: ${minutes} minutes of the feed, then three cable pulls and a clock that is set`);
      const run = await runLive({ instance, clip, mode, seconds: minutes * 60, modelProcesses });
      found.push(await judge(mode, run, clip.cutsAfter));
    }
    return {
      targets: [
        {
          name: `the feed ran for at least ${leastMinutes} minutes in each mode`,
          holds: minutes >= leastMinutes,
          found: `${minutes} minutes`,
        },
        ...found.flatMap(({ targets }) => targets),
      ],
      figures: Object.assign({}, ...found.map(({ figures }) => figures)),
    };
  });
}

async function judge(mode: LiveMode, run: LiveRun, cutsAfter: readonly number[]): Promise<ModeFound> {
  const { packages } = readDeployment((name) => ({ env: 'local', webDist: 'none' })[name]);
  const endpoint = new ModelEndpoint({
    client: new SageMakerRuntimeClient({}),
    endpointName: 'wirescope-local-shots-live',
  });
  const detection = { endpoint, model: shotsModelSchema.parse(packages.shots) };
  const archive = await beginningsBy(run, (frames) => archiveShots(frames, detection));
  const live = liveBeginnings(run);
  const spelled = (beginnings: typeof live) => beginnings.map(({ kind, startFrame }) => `${kind} ${startFrame}`).join();
  const cutDelays = delays(run).filter(({ kind }) => kind === 'cut');
  const seconds = (of: readonly { milliseconds: number }[], share: number) =>
    Number(
      (
        percentile(
          of.map(({ milliseconds }) => milliseconds),
          share,
        ) / 1000
      ).toFixed(3),
    );
  const p95 = seconds(cutDelays, 0.95);
  const stretches = stretchesOf(run).length;
  const truth = trueCuts(run, cutsAfter);
  const cuts = (of: typeof live) => of.map(({ startFrame }) => startFrame);
  const name = mode === 'normal' ? 'normal' : 'low';
  const withArchive = agreement(cuts(live), cuts(archive));
  const figures = {
    [`${name}Cuts`]: cutDelays.length,
    [`${name}DelayP50Seconds`]: seconds(cutDelays, 0.5),
    [`${name}DelayP95Seconds`]: p95,
    [`${name}DelayMaxSeconds`]: seconds(cutDelays, 1),
    [`${name}GradualDelayP95Seconds`]: seconds(
      delays(run).filter(({ kind }) => kind === 'gradual'),
      0.95,
    ),
    [`${name}ModelCores`]: Number(run.modelShare.toFixed(3)),
    [`${name}ServiceCores`]: Number(run.serviceShare.toFixed(3)),
    [`${name}F1WithArchive`]: Number(withArchive.f1.toFixed(4)),
    [`${name}F1WithTruth`]: Number(agreement(cuts(live), truth).f1.toFixed(4)),
    [`${name}ArchiveF1WithTruth`]: Number(agreement(cuts(archive), truth).f1.toFixed(4)),
  };
  const targets: Measurement['targets'] = [
    {
      name: `${mode}: p95 from the last frame of a cut to the event at most ${limitSeconds[mode]} s`,
      holds: cutDelays.length > 0 && p95 <= limitSeconds[mode],
      found: `${p95} s over ${cutDelays.length} cuts`,
    },
    {
      name: `${mode}: three cable pulls are gaps, a set clock is none, the service stops cleanly`,
      holds: stretches === 4 && run.exitCode === 0,
      found: `${stretches} stretches, exit code ${run.exitCode}`,
    },
  ];
  if (mode === 'normal') {
    const replayed = await beginningsBy(run, (frames) => replayedShots(frames, detection, detection.model.limits));
    targets.push(
      {
        name: `at the archive's stride live finds what the archive finds in the same ${run.taken.length} frames`,
        holds: archive.length > 0 && spelled(archive) === spelled(replayed),
        found: `${replayed.length} transitions live, ${archive.length} in the archive`,
      },
      {
        name: 'normal: the model keeps up on one core',
        holds: run.modelShare < 1 && cutDelays.length > 0 && seconds(cutDelays, 1) < limitSeconds.normal + 2,
        found: `${(run.modelShare * 100).toFixed(0)} % of a core, longest delay ${seconds(cutDelays, 1)} s`,
      },
    );
  }
  return { figures, targets };
}
