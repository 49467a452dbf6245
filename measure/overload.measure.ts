import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import type { AssetKind } from '../lambdas/contracts/assets.ts';
import { local } from '../lib/config/local.ts';
import { environmentSchema } from '../lib/config/schema.ts';
import { type OwnSystem, withOwnSystem } from '../local/supervisor/own-system.ts';
import { ArchiveRun, type Sent } from './faults/archive-run.ts';
import { madeArrival } from './faults/material.ts';
import { type Measurement, percentile } from './measurement.ts';
import { bareLoop } from './overload/bare-loop.ts';
import { timeToSearchable } from './overload/live-uploads.ts';
import { treeBytes } from './shots/scale/processes.ts';

const instance = { instance: 'measure-overload', basePort: 6200 };
/** Of a hundred, so many are of this kind; the rest are stories. */
const photosPerHundred = 65;
const videosPerHundred = 1;
const sampleEveryMilliseconds = 5_000;
/** Samples in a row that must find nothing waiting and nothing at work. */
const restingSamples = 3;
const pauseBetweenLiveMilliseconds = 4_000;
const settleLimitSeconds = 3_600;
const liveLimitSeconds = 120;
const mebibyte = 1024 ** 2;
const { backfillExecutions, backfillAdmitConcurrency } = environmentSchema.parse(local);
/** The backfill's workflows, those whose admissions looked at the same moment, and the one live upload. */
const atWorkBound = backfillExecutions + backfillAdmitConcurrency + 1;
/** Numbers of made files: each use has its own, so that none is another's copy. */
const numbers = { warm: 900_000, idle: 910_000, live: 920_000, bare: 930_000 };

const optionsSchema = z.object({
  assets: z.coerce.number().int().min(20).default(1000),
  /** Live uploads while the archive is idle, and as many while the backfill runs. */
  live: z.coerce.number().int().min(4).default(20),
  bare: z.coerce.number().int().min(10).default(60),
});
type Options = z.infer<typeof optionsSchema>;

/** What is seen while it runs. The ledger is not read for it: that takes seconds of an archive of this size. */
interface Sample {
  seconds: number;
  waiting: number;
  processing: number;
  memoryMiB: Record<string, number>;
}

const kindOf = (number: number): AssetKind => {
  const place = number % 100;
  if (place < videosPerHundred) return 'video';
  return place < videosPerHundred + photosPerHundred ? 'photo' : 'story';
};

async function measureOn(system: OwnSystem, options: Options): Promise<Measurement> {
  const archive = new ArchiveRun(system);
  const live = (from: number): Promise<number> => timeToSearchable(archive, from, { limitSeconds: liveLimitSeconds });
  for (let at = 0; at < 4; at += 1) await live(numbers.warm + at);
  const idle: number[] = [];
  for (let at = 0; at < options.live; at += 1) idle.push(await live(numbers.idle + at));
  console.log(`idle: ${idle.map((seconds) => seconds.toFixed(1)).join(' ')} s`);

  const sent: Sent[] = [];
  for (let at = 0; at < options.assets; at += 1)
    sent.push(await archive.send(madeArrival(kindOf(at), at, 'backfill/archive')));
  const started = Date.now();
  await archive.feedBackfill(sent);
  const samples: Sample[] = [];
  const resting = untilAtRest(archive, system, { started, samples });
  const loaded: number[] = [];
  for (let at = 0; at < options.live; at += 1) {
    await delay(pauseBetweenLiveMilliseconds);
    const isRunning = (samples.at(-1)?.waiting ?? options.assets) > 0;
    const seconds = await live(numbers.live + at);
    if (isRunning) loaded.push(seconds);
  }
  console.log(`while the backfill runs: ${loaded.map((seconds) => seconds.toFixed(1)).join(' ')} s`);
  await resting;
  const view = await archive.ledger();

  const assetIds = new Set(
    view.uploads.flatMap(({ object, assetId }) => (object.key.startsWith('backfill/') ? [assetId] : [])),
  );
  const backfilled = view.assets.filter(({ assetId }) => assetIds.has(assetId));
  const indexed = backfilled.filter(({ status }) => status === 'indexed');
  const ends = indexed.flatMap(({ indexedAt }) => (indexedAt === undefined ? [] : [Date.parse(indexedAt)]));
  const seconds = (Math.max(...ends) - started) / 1000;
  const perSecond = indexed.length / seconds;

  const photosAndStories = Array.from({ length: options.bare }, (_, at) =>
    madeArrival(kindOf(videosPerHundred + (at % (100 - videosPerHundred))), numbers.bare + at, 'backfill/bare'),
  );
  const cores = cpus().length;
  const barePerSecond = options.bare / (await bareLoop(system, photosAndStories, cores));
  const endSeconds = ends.map((end) => (end - started) / 1000);
  printSamples(samples, endSeconds);
  return conclusion({
    options,
    idle,
    loaded,
    indexed: indexed.length,
    samples,
    seconds,
    perSecond,
    barePerSecond,
    cores,
  });
}

/** Looks on until the backfill's queue is empty and nothing is at work, or the limit is over. */
async function untilAtRest(
  archive: ArchiveRun,
  { processIds }: OwnSystem,
  { started, samples }: { started: number; samples: Sample[] },
): Promise<void> {
  const deadline = Date.now() + settleLimitSeconds * 1000;
  for (let resting = 0; resting < restingSamples && Date.now() < deadline; ) {
    const [processing, waiting] = await Promise.all([archive.countProcessing(), archive.depthOf('BackfillQueueUrl')]);
    samples.push({
      seconds: Math.round((Date.now() - started) / 1000),
      waiting,
      processing,
      memoryMiB: Object.fromEntries(
        Object.entries(processIds).map(([name, id]) => [name, Math.round(treeBytes(id) / mebibyte)]),
      ),
    });
    resting = processing + waiting === 0 ? resting + 1 : 0;
    await delay(sampleEveryMilliseconds);
  }
}

const shownSamples = 20;
function printSamples(samples: readonly Sample[], endSeconds: readonly number[]): void {
  const names = Object.keys(samples[0]?.memoryMiB ?? {});
  const table = new Table({
    head: ['s', 'wait', 'at work', 'indexed', ...names.map((name) => `${name} MiB`)],
    style: { head: [], border: [], compact: true },
  });
  const step = Math.max(1, Math.ceil(samples.length / shownSamples));
  for (const { seconds, waiting, processing, memoryMiB } of samples.filter((_, at) => at % step === 0)) {
    const indexed = endSeconds.filter((end) => end <= seconds).length;
    table.push([seconds, waiting, processing, indexed, ...names.map((name) => memoryMiB[name] ?? 0)]);
  }
  console.log(table.toString());
}

interface Found {
  options: Options;
  idle: number[];
  loaded: number[];
  indexed: number;
  samples: Sample[];
  seconds: number;
  perSecond: number;
  barePerSecond: number;
  cores: number;
}

function conclusion(found: Found): Measurement {
  const { options, idle, loaded, indexed, samples, seconds, perSecond, barePerSecond, cores } = found;
  const [idleP50, loadedP50] = [percentile(idle, 0.5), percentile(loaded, 0.5)];
  const [idleP95, loadedP95] = [percentile(idle, 0.95), percentile(loaded, 0.95)];
  const peak = Object.fromEntries(
    Object.keys(samples[0]?.memoryMiB ?? {}).map((name) => [
      name,
      Math.max(...samples.map(({ memoryMiB }) => memoryMiB[name] ?? 0)),
    ]),
  );
  const ratio = perSecond / barePerSecond;
  const mostAtWork = Math.max(...samples.map(({ processing }) => processing));
  return {
    targets: [
      { name: 'at least 1000 assets at once', holds: options.assets >= 1000, found: String(options.assets) },
      { name: 'none is lost', holds: indexed === options.assets, found: `${indexed} of ${options.assets} indexed` },
      {
        name: 'live uploads are searchable within twice their idle time while the backfill runs, in the middle',
        holds: loaded.length >= 4 && loadedP50 <= 2 * idleP50,
        found: `${loadedP50.toFixed(1)} s, idle ${idleP50.toFixed(1)} s, ${loaded.length} uploads`,
      },
      {
        name: 'and so is the slowest in twenty',
        holds: loaded.length >= 4 && loadedP95 <= 2 * idleP95,
        found: `${loadedP95.toFixed(1)} s, idle ${idleP95.toFixed(1)} s`,
      },
      {
        name: 'no more assets are at work at once than are let in',
        holds: samples.length > 0 && mostAtWork <= atWorkBound,
        found: `${mostAtWork} at most, ${atWorkBound} are let in`,
      },
    ],
    figures: {
      assets: options.assets,
      seconds: Math.round(seconds),
      assetsPerSecond: Number(perSecond.toFixed(2)),
      assetsPerSecondAndCore: Number((perSecond / cores).toFixed(3)),
      bareAssetsPerSecondAndCore: Number((barePerSecond / cores).toFixed(3)),
      ratioToBareLoop: Number(ratio.toFixed(2)),
      idleP50Seconds: Number(idleP50.toFixed(2)),
      liveP50Seconds: Number(loadedP50.toFixed(2)),
      ...Object.fromEntries(Object.entries(peak).map(([name, mebibytes]) => [`${name}PeakMiB`, mebibytes])),
    },
    details: { idle, loaded, samples },
  };
}

/** A thousand files are backfilled at once while another desk goes on uploading. */
export function measure(args: readonly string[]): Promise<Measurement> {
  const { values } = parseArgs({
    args: [...args],
    options: { assets: { type: 'string' }, live: { type: 'string' }, bare: { type: 'string' } },
  });
  const options = optionsSchema.parse(values);
  return withOwnSystem({ ...instance, withSamples: false }, (system) => measureOn(system, options));
}
