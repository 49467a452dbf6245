import { isDeepStrictEqual, parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { costOf } from '../lambdas/clients/captions/cost.ts';
import { captionSettingsSchema } from '../lambdas/contracts/captions.ts';
import { localCaptions } from '../lib/config/local.ts';
import type { Usage } from '../local/captions/billing.ts';
import type { Service } from '../local/faults/calls.ts';
import { effectOf, FaultPlan, fraction } from '../local/faults/plan.ts';
import { captionApi, type RunResult, runDay } from './faults/day.ts';
import { differences } from './faults/endings.ts';
import { type Arrival, madeArrival, madeVersions, picturesWithSidecars, sampleArrivals } from './faults/material.ts';
import type { Tally } from './faults/tally.ts';
import type { Measurement } from './measurement.ts';

/** A run that has not come to rest by then is judged as it is. */
const baseLimitSeconds = 900;
const limitSecondsPerFile = 10;
const leastAssets = 60;
/** Stories that are replaced by a later version. */
const versionedStories = 6;
const leastFaults = 500;
/** More of the calls would be no bad day but none at all. */
const highestRate = 0.35;
/** Faults that a service is to meet, however seldom it is called. */
const wantedOfEachService = 16;
/** What is to break on every bad day, and how. */
const breaking = ['dynamodb', 's3', 'sagemaker', 'search', 'captions'] as const;
const breakingKinds = ['throttle', 'fail'] as const;

/** An emulator that is restarted crashes whatever is at work as well, and an admission stands three crashes in all. */
const setbacks = (functionName: string): number => (/Admit/.test(functionName) ? 1 : 2);

const optionsSchema = z.object({
  seed: z.coerce.number().int().default(1),
  faults: z.coerce.number().int().positive().default(600),
  /** Fewer than the sample newsroom has: made ones alone, for a look. */
  assets: z.coerce.number().int().positive().default(80),
});
type Options = z.infer<typeof optionsSchema>;

function material({ assets }: Options): Arrival[] {
  const samples = assets >= leastAssets ? sampleArrivals() : [];
  const made = Math.max(assets - 56 * Number(samples.length > 0), 4);
  const kinds = ['photo', 'story', 'photo', 'photo', 'video'] as const;
  const folder = 'incoming/made';
  const versions = Array.from({ length: versionedStories }, (_, at) => madeVersions(at, folder));
  return [
    ...samples,
    // Not among the first, whose work takes the kills of everything that is met for the first time.
    ...versions.flatMap(([first]) => first ?? []),
    ...Array.from({ length: made }, (_, at) => madeArrival(kinds[at % kinds.length] ?? 'photo', at, folder)),
    ...versions.flatMap(([, second]) => second ?? []),
  ];
}

const captionSettings = () => captionSettingsSchema.parse(localCaptions(captionApi));

/** What the provider's count comes to at the prices of the environment. */
function chargedMicroDollars({ pictures }: Usage): number {
  const settings = captionSettings();
  return Object.values(pictures).reduce(
    (sum, { promptTokens, completionTokens }) =>
      sum + costOf(settings, { inputTokens: promptTokens, outputTokens: completionTokens }),
    0,
  );
}

/** Shares of each service's calls that together come to so many faults. */
const ratesOf = ({ calls, callsOf }: Tally, faults: number) => {
  const ofAll = (1.3 * faults) / calls;
  return (service: Service): number =>
    Math.min(highestRate, Math.max(ofAll, wantedOfEachService / Math.max(1, callsOf.get(service) ?? 0)));
};

/** Uploads and assets of which a line of `differences` speaks. */
const harmed = (lines: readonly string[], subject: string | undefined): boolean =>
  subject !== undefined && lines.some((line) => line.includes(subject));

async function report(calm: RunResult, bad: RunResult, plan: FaultPlan, options: Options): Promise<Measurement> {
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
  const spared = breaking.flatMap((service) =>
    breakingKinds
      .filter((kind) => !rows.some((row) => row.service === service && row.misfortune === kind && row.injected > 0))
      .map((kind) => `${service} never met ${kind}`),
  );
  for (const line of spared) console.log(`not met: ${line}`);
  const assets = calm.view.assets.length;
  const documents = Object.values(calm.endings.assets).reduce(
    (sum, asset) => sum + Object.keys(asset.documents).length,
    0,
  );
  const paidTwice = [calm, bad].flatMap(({ captions }) =>
    Object.values(captions.pictures).filter(({ billed }) => billed !== 1),
  ).length;
  const withSidecar = await picturesWithSidecars(captionSettings().image);
  const [wordlessCalm = [], wordlessBad = []] = [calm, bad].map(({ captions }) =>
    Object.keys(captions.pictures).filter((picture) => !withSidecar.has(picture)),
  );
  const isSamePictures = isDeepStrictEqual(new Set(wordlessCalm), new Set(wordlessBad));
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
        name: `${breaking.join(', ')} throttle and fail`,
        holds: spared.length === 0,
        found: spared.length === 0 ? 'each of them' : spared.join(', '),
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
        holds: wordlessCalm.length > 0 && paidTwice === 0 && isSamePictures,
        found:
          `${wordlessBad.length} pictures without words of their own (${wordlessCalm.length} without faults, ` +
          `${isSamePictures ? 'the same ones' : 'other ones'}), ${paidTwice} not once; ${bad.captions.billed} charged in all`,
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
  const limit = { limitSeconds: baseLimitSeconds + arrivals.length * limitSecondsPerFile };
  console.log(`a calm day: ${arrivals.length} files`);
  const calm = await runDay(arrivals, undefined, limit);
  const rate = ratesOf(calm.tally, options.faults);
  const rates = [...calm.tally.callsOf].map(
    ([service, calls]) => `${service} ${(100 * rate(service)).toFixed(0)} % of ${calls}`,
  );
  console.log(`a bad day: seed ${options.seed}, every side effect, and of the calls of ${rates.join(', ')}`);
  const plan = new FaultPlan({ seed: options.seed, rate, isKilling: true, setbacks, keptForKills: 1 });
  const chance = (use: string, number: number) => fraction(`${options.seed} ${use} ${number}`);
  const bad = await runDay(arrivals, { plan, chance }, limit);
  return report(calm, bad, plan, options);
}
