import { budgetDay } from '../../lambdas/contracts/captions.ts';
import type { Usage } from '../../local/captions/billing.ts';
import { effectOf, type FaultPlan, type WorkerCall } from '../../local/faults/plan.ts';
import { FaultProxy } from '../../local/faults/proxy.ts';
import { addresses, instanceOf, proxyPorts } from '../../local/supervisor/instance.ts';
import type { LedgerView } from '../../local/supervisor/ledger-view.ts';
import { type OwnSystem, restartEmulator, withOwnSystem } from '../../local/supervisor/own-system.ts';
import { ArchiveRun, type Sent } from './archive-run.ts';
import { doublesIn, type Endings, endingsOf } from './endings.ts';
import type { Arrival } from './material.ts';
import { Reader, type ReaderReport } from './reader.ts';
import { Tally } from './tally.ts';

const place = { instance: 'measure-faults', basePort: 6100 };
export const captionApi = addresses(instanceOf(place.instance, place.basePort)).captions;
/** Six timeouts of the function in production: here a worker's death is not to cost half an hour. */
const visibilitySeconds = 20;
/** Of the arrivals, how many have their event sent again: at once, or when all have come. */
const repeatedShare = 0.5;

/** Functions on an asset's way; readers' and operators' are spared. */
const attacked = /Pipeline-(Admit|Shots|Describe|Enrich|Index|Workflow)/;
const isSpared = (functionName: string): boolean => !attacked.test(functionName) || /Sweep|Prepare/.test(functionName);

export interface RunResult {
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
export interface BadDay {
  plan: FaultPlan;
  /** Of [0, 1) for a use of an arrival. */
  chance: (use: string, number: number) => number;
}

/** Sends the files through an archive of its own, on a calm day or a bad one, and says what became of them. */
export async function runDay(
  arrivals: readonly Arrival[],
  badDay: BadDay | undefined,
  { limitSeconds }: { limitSeconds: number },
): Promise<RunResult> {
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
      runOn(system, { arrivals, badDay, limitSeconds, proxy, tally, effects }),
    );
  } finally {
    await proxy.stop();
  }
}

interface Course {
  arrivals: readonly Arrival[];
  badDay: BadDay | undefined;
  limitSeconds: number;
  proxy: FaultProxy;
  tally: Tally;
  effects: Map<string, WorkerCall>;
}

async function runOn(system: OwnSystem, course: Course): Promise<RunResult> {
  const { arrivals, badDay, limitSeconds, proxy, tally, effects } = course;
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
    limitSeconds,
    watch: (seen, depth) => {
      console.log(progressLine(seen, sent.length, depth, tally));
      if (isRestarted || !isInTheMiddle(seen, sent)) return;
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
  const days = [budgetDay(new Date(started)), budgetDay(new Date())];
  await archive.settleAccounts(view, days);
  const spent = await archive.spent(view, days);
  const captions = (await (await fetch(`${captionApi}/usage`)).json()) as Usage;
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

const isInTheMiddle = (view: LedgerView, sent: readonly Sent[]): boolean =>
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
