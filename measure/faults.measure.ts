import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { costOf } from '../lambdas/clients/captions/cost.ts';
import { budgetDay, captionSettingsSchema } from '../lambdas/contracts/captions.ts';
import { localCaptions } from '../lib/config/local.ts';
import type { Usage } from '../local/captions/billing.ts';
import { effectOf, FaultPlan, fraction, type WorkerCall } from '../local/faults/plan.ts';
import { FaultProxy } from '../local/faults/proxy.ts';
import { addresses, instanceOf, proxyPorts } from '../local/supervisor/instance.ts';
import type { LedgerView } from '../local/supervisor/ledger-view.ts';
import { type OwnSystem, restartEmulator, withOwnSystem } from '../local/supervisor/own-system.ts';
import { ArchiveRun, type Sent } from './faults/archive-run.ts';
import { differences, doublesIn, type Endings, endingsOf } from './faults/endings.ts';
import { type Arrival, madeArrival, sampleArrivals } from './faults/material.ts';
import { Reader, type ReaderReport } from './faults/reader.ts';
import { Tally } from './faults/tally.ts';
import type { Measurement } from './measurement.ts';

const place = { instance: 'faults', basePort: 5700 };
const settleLimitSeconds = 1800;
/** Six timeouts of the function in production: here a worker's death is not to cost half an hour. */
const visibilitySeconds = 20;
const leastAssets = 60;
const leastFaults = 500;
/** More of the calls would be no bad day but none at all. */
const highestRate = 0.35;
/** Of the arrivals, how many have their event sent again: at once, or when all have come. */
const repeatedShare = 0.5;

/** Functions on an asset's way; readers' and operators' are spared. */
const attacked = /Pipeline-(Admit|Shots|Describe|Enrich|Index|Workflow)/;
const isSpared = (functionName: string): boolean =>
  !attacked.test(functionName) || /Sweep|Prepare|CountStuck/.test(functionName);
/** An emulator that is restarted crashes whatever is at work as well, and an admission stands three crashes in all. */
const setbacks = (functionName: string): number => (/Admit/.test(functionName) ? 1 : 2);

const optionsSchema = z.object({
  seed: z.coerce.number().int().default(1),
  faults: z.coerce.number().int().positive().default(600),
  /** Fewer than the sample newsroom has: made ones alone, for a look. */
  assets: z.coerce.number().int().positive().default(80),
});
type Options = z.infer<typeof optionsSchema>;

interface RunResult {
  view: LedgerView;
  endings: Endings;
  doubles: string[];
  orphans: number;
  swept: { bySuspicion: number; byWalk: number };
  reader: ReaderReport;
  captions: Usage;
  spent: { calls: number; microDollars: number };
  tally: Tally;
  effects: Map<string, WorkerCall>;
  seconds: number;
}

/** A bad day, as it is to be. */
interface BadDay {
  plan: FaultPlan;
  /** Of [0, 1) for a use of an arrival. */
  chance: (use: string, number: number) => number;
}

function material({ assets }: Options): Arrival[] {
  const samples = assets >= leastAssets ? sampleArrivals() : [];
  const made = Math.max(assets - 56 * Number(samples.length > 0), 4);
  const kinds = ['photo', 'story', 'photo', 'photo', 'video'] as const;
  return [
    ...samples,
    ...Array.from({ length: made }, (_, at) => madeArrival(kinds[at % kinds.length] ?? 'photo', at, 'incoming/made')),
  ];
}

async function run(arrivals: readonly Arrival[], badDay: BadDay | undefined): Promise<RunResult> {
  const tally = new Tally();
  const effects = new Map<string, WorkerCall>();
  const instance = instanceOf(place.instance, place.basePort);
  const ports = proxyPorts(instance);
  const to = addresses(instance);
  const proxy = new FaultProxy({
    upstreams: {
      aws: { listenPort: ports.emulator, to: to.emulator },
      search: { listenPort: ports.vectorIndex, to: to.vectorIndex },
      captions: { listenPort: ports.captions, to: to.captions },
    },
    isSpared,
    observe: (observed) => {
      tally.observe(observed);
      if (observed.call.isSideEffect) effects.set(effectOf(observed.call), observed.call);
    },
  });
  await proxy.start();
  try {
    return await withOwnSystem({ ...place, withSamples: false, withCaptions: true, isThroughProxy: true }, (system) =>
      runOn(system, { arrivals, badDay, proxy, tally, effects }),
    );
  } finally {
    await proxy.stop();
  }
}

interface Course {
  arrivals: readonly Arrival[];
  badDay: BadDay | undefined;
  proxy: FaultProxy;
  tally: Tally;
  effects: Map<string, WorkerCall>;
}

async function runOn(system: OwnSystem, { arrivals, badDay, proxy, tally, effects }: Course): Promise<RunResult> {
  const archive = new ArchiveRun(system);
  await archive.setVisibility(visibilitySeconds);
  const reader = new Reader(archive.api);
  const started = Date.now();
  proxy.plan = badDay?.plan;
  const sent: Sent[] = [];
  for (const arrival of arrivals) sent.push(await archive.send(arrival));
  if (badDay !== undefined) await repeatEvents(archive, sent, badDay, tally);
  let isRestarted = badDay === undefined;
  const view = await archive.settle(sent, {
    limitSeconds: settleLimitSeconds,
    watch: (seen, depth) => {
      console.log(progressLine(seen, sent.length, depth, tally));
      if (isRestarted || !isHalfway(seen, sent)) return;
      isRestarted = true;
      tally.add('local AWS restarted', 'aws');
      return restartEmulator(system, place);
    },
  });
  proxy.plan = undefined;
  const seconds = (Date.now() - started) / 1000;
  const swept = await archive.sweep();
  const copies = await archive.copies();
  const owned = await archive.ownedIndexIds(view);
  const spent = await archive.spent(view, [budgetDay(new Date(started)), budgetDay(new Date())]);
  const captions = (await (
    await fetch(`${addresses(instanceOf(place.instance, place.basePort)).captions}/usage`)
  ).json()) as Usage;
  return {
    view,
    endings: endingsOf(view, copies),
    doubles: doublesIn(copies),
    orphans: copies.filter(({ indexId }) => !owned.has(indexId)).length,
    swept,
    reader: await reader.stop(),
    captions,
    spent,
    tally,
    effects,
    seconds,
  };
}

const isHalfway = (view: LedgerView, sent: readonly Sent[]): boolean =>
  view.assets.filter(({ status }) => status !== 'processing').length > sent.length / 3;

function progressLine({ uploads, assets }: LedgerView, arrivals: number, depth: number, tally: Tally): string {
  const count = (status: string) => assets.filter((asset) => asset.status === status).length;
  return `${uploads.length}/${arrivals} uploads, ${count('indexed')} indexed, ${count('processing')} processing, ${count('failed')} failed, ${depth} events wait, ${tally.calls} calls, ${tally.injected} faults`;
}

/** The events of some come again at once, those of others when all have come, in another order than the first time. */
async function repeatEvents(
  archive: ArchiveRun,
  sent: readonly Sent[],
  { chance }: BadDay,
  tally: Tally,
): Promise<void> {
  const again = [...sent.entries()].filter(([number]) => chance('again', number) < repeatedShare);
  for (const [, one] of again) {
    await archive.repeatEvent(one);
    tally.add('event twice', 'sqs');
  }
  const shuffled = [...sent.entries()].sort(([one], [other]) => chance('order', one) - chance('order', other));
  for (const [number, one] of shuffled.slice(0, again.length)) {
    await archive.repeatEvent({ ...one, at: one.at + number });
    tally.add('event out of order', 'sqs');
  }
}

/** What the provider's count comes to at the prices of the environment. */
function chargedMicroDollars({ pictures }: Usage): number {
  const settings = captionSettingsSchema.parse(
    localCaptions(addresses(instanceOf(place.instance, place.basePort)).captions),
  );
  return Object.values(pictures).reduce(
    (sum, { promptTokens, completionTokens }) =>
      sum + costOf(settings, { inputTokens: promptTokens, outputTokens: completionTokens }),
    0,
  );
}

/** Uploads and assets of which a line of `differences` speaks. */
const harmed = (lines: readonly string[], subject: string | undefined): boolean =>
  subject !== undefined && lines.some((line) => line.includes(subject));

function report(calm: RunResult, bad: RunResult, plan: FaultPlan, options: Options): Measurement {
  const lines = differences(calm.endings, bad.endings);
  for (const line of lines.slice(0, 40)) console.log(`ended otherwise: ${line}`);
  const rows = bad.tally.rows((subject) => harmed(lines, subject));
  const table = new Table({
    head: ['what', 'where', 'injected', 'survived'],
    style: { head: [], border: [], compact: true },
  });
  for (const { misfortune, service, injected, survived } of rows) table.push([misfortune, service, injected, survived]);
  console.log(table.toString());

  const unmet = [...calm.effects.values()]
    .filter(({ subject }) => subject !== undefined)
    .map(effectOf)
    .flatMap((effect) =>
      (['kill before', 'kill after'] as const)
        .filter((kind) => !plan.coverage.get(effect)?.has(kind))
        .map((kind) => `${kind} ${effect}`),
    );
  for (const line of unmet) console.log(`not met: ${line}`);
  const assets = calm.view.assets.length;
  const documents = Object.values(calm.endings.assets).reduce(
    (sum, asset) => sum + Object.keys(asset.documents).length,
    0,
  );
  const paidTwice = Object.values(bad.captions.pictures).filter(({ billed }) => billed !== 1).length;
  for (const sighting of bad.reader.sightings.slice(0, 20)) console.log(`a reader saw: ${sighting}`);
  const isUnderWay = bad.view.assets.filter(({ status }) => status === 'processing').length;
  return {
    targets: [
      { name: `at least ${leastAssets} assets`, holds: assets >= leastAssets, found: String(assets) },
      {
        name: `at least ${leastFaults} faults`,
        holds: bad.tally.injected >= leastFaults,
        found: `${bad.tally.injected} in ${bad.tally.calls} calls`,
      },
      {
        name: 'a worker is killed before and after every side effect',
        holds: calm.effects.size > 0 && unmet.length === 0,
        found: `${calm.effects.size} side effects, ${unmet.length} kills not met`,
      },
      {
        name: 'every asset ends as without faults, its documents with it',
        holds: assets > 0 && lines.length === 0 && isUnderWay === 0,
        found: `${lines.length} differences, ${isUnderWay} still under way`,
      },
      {
        name: 'a reader sees nothing twice at any time',
        holds: bad.reader.sightings.length === 0 && bad.reader.looks > 20,
        found: `${bad.reader.sightings.length} sightings in ${bad.reader.looks} looks`,
      },
      {
        name: 'after the sweep the index holds no orphan and no double',
        holds: bad.orphans === 0 && bad.doubles.length === 0,
        found: `${bad.orphans} orphans, ${bad.doubles.length} doubles, ${bad.swept.bySuspicion} swept by suspicion, ${bad.swept.byWalk} by the walk`,
      },
      {
        name: 'each caption is paid once',
        holds: calm.captions.billed > 0 && paidTwice === 0 && bad.captions.billed === calm.captions.billed,
        found: `${bad.captions.billed} charged (${calm.captions.billed} without faults), ${paidTwice} pictures not once`,
      },
      {
        name: 'the spend ledger equals the count of the provider',
        holds: bad.spent.calls === bad.captions.billed && bad.spent.microDollars === chargedMicroDollars(bad.captions),
        found: `${bad.spent.calls} calls, ${bad.spent.microDollars} micro-dollars; the provider: ${bad.captions.billed}, ${chargedMicroDollars(bad.captions)}`,
      },
    ],
    figures: {
      seed: options.seed,
      assets,
      documents,
      faults: bad.tally.injected,
      survived: rows.reduce((sum, row) => sum + row.survived, 0),
      calmSeconds: Math.round(calm.seconds),
      badSeconds: Math.round(bad.seconds),
    },
    details: {
      rows,
      differences: lines,
      notMet: unmet,
      captions: { calm: calm.captions, bad: bad.captions },
      sightings: bad.reader.sightings,
    },
  };
}

/** Runs the same files through an archive without faults and through one that meets them everywhere, and compares. */
export async function measure(args: readonly string[]): Promise<Measurement> {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' }, faults: { type: 'string' }, assets: { type: 'string' } },
  });
  const options = optionsSchema.parse(values);
  const arrivals = material(options);
  console.log(`a calm day: ${arrivals.length} files`);
  const calm = await run(arrivals, undefined);
  const rate = Math.min(highestRate, (1.3 * options.faults) / calm.tally.calls);
  console.log(`a bad day: seed ${options.seed}, ${(100 * rate).toFixed(0)} % of the calls and every side effect`);
  const plan = new FaultPlan({ seed: options.seed, rate, isKilling: true, setbacks });
  const chance = (use: string, number: number) => fraction(`${options.seed} ${use} ${number}`);
  const bad = await run(arrivals, { plan, chance });
  return report(calm, bad, plan, options);
}
