import type { AssetLedger } from '../clients/asset-ledger.ts';
import { AttemptNotAllowedError } from '../clients/asset-ledger.ts';
import { committedOf, unaccountedOf } from '../clients/captions/budget.ts';
import type { CaptionBudget } from '../clients/captions/caption-budget.ts';
import type { CaptionRecords } from '../clients/captions/caption-records.ts';
import { dearestCall } from '../clients/captions/cost.ts';
import type { PaidCaptions } from '../clients/captions/paid-captions.ts';
import type { ProviderGate } from '../clients/captions/provider-gate.ts';
import type { Workflow } from '../clients/workflow.ts';
import {
  budgetDay,
  type CaptionSettings,
  dailyLimit,
  type Spend,
  type WaitingCaptions,
} from '../contracts/captions.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { FencedError } from '../runtime/errors.ts';

const hourMilliseconds = 3_600_000;
const dayMilliseconds = 24 * hourMilliseconds;
/** Attempts begun in one run: each describes, enriches and indexes its asset again, beside what is uploaded now. */
export const maxBegunPerRun = 20;
/** Rows that are looked at in one run: those whose desk has no money are put off, and others come forward. */
const maxLookedAt = 100;
/** An attempt that was begun has ended by then, and has written its own word about what still waits. */
const attemptHours = 2;
/** More than these are counted as these. */
const maxCounted = 1000;

export interface LateCaptionClients {
  ledger: Pick<AssetLedger, 'getAsset' | 'beginAttempt' | 'listDesks'>;
  workflow: Pick<Workflow, 'start'>;
  records: Pick<CaptionRecords, 'listWaiting' | 'postpone' | 'forgetWaiting' | 'countWaiting'>;
  budget: Pick<CaptionBudget, 'read' | 'sweep'>;
  paid: Pick<PaidCaptions, 'recall'>;
  gate: Pick<ProviderGate, 'outlook'>;
  settings: CaptionSettings;
  now(): Date;
}

export interface LateCaptionsReport {
  /** Assets of which a new attempt was begun. */
  begun: string[];
  /** Assets that wait, up to a bound. */
  waiting: number;
  /** Since the first of those that are due was due. */
  waitingHours: number;
  isProviderAway: boolean;
  /** Reservations whose worker was lost: settled from the caption's claim, or kept because nobody knows. */
  reservationsSettled: number;
  /** Of all desks, today. */
  committedMicroDollars: number;
  unaccountedMicroDollars: number;
}

/**
 * Puts the desks' accounts right and begins a new attempt of assets whose captions are due: the longest due first, as
 * many as the desks' money and the provider allow. The attempt reads every source again, so that words which people
 * have written meanwhile win, and writes only documents that have changed.
 */
export async function beginLateCaptions(clients: LateCaptionClients): Promise<LateCaptionsReport> {
  const now = clients.now();
  const accounts = await sweepAccounts(clients, now);
  const outlook = await clients.gate.outlook();
  const due = await clients.records.listWaiting({ dueBefore: now.toISOString(), limit: maxLookedAt });
  const begun: string[] = [];
  // One asset is enough to find out whether a provider is back.
  const most = { free: maxBegunPerRun, probe: 1, stop: 0 }[outlook];
  for (const waiting of due) {
    if (begun.length >= most) break;
    if (await beginOne(clients, accounts, waiting, now)) begun.push(waiting.assetId);
  }
  const spends = [...accounts.spends.values()];
  return {
    begun,
    waiting: await clients.records.countWaiting(maxCounted),
    waitingHours: due[0] === undefined ? 0 : (now.getTime() - Date.parse(due[0].dueAt)) / hourMilliseconds,
    isProviderAway: outlook !== 'free',
    reservationsSettled: accounts.settled,
    committedMicroDollars: spends.reduce((sum, spend) => sum + committedOf(spend), 0),
    unaccountedMicroDollars: spends.reduce((sum, spend) => sum + unaccountedOf(spend), 0),
  };
}

interface Accounts {
  /** Of today, by desk. */
  spends: Map<string, Spend>;
  /** What this run has promised to attempts already, by desk. */
  promised: Map<string, number>;
  settled: number;
}

/** Yesterday's calls may have ended after midnight. */
async function sweepAccounts({ ledger, budget, paid }: LateCaptionClients, now: Date): Promise<Accounts> {
  const today = budgetDay(now);
  const days = [budgetDay(new Date(now.getTime() - dayMilliseconds)), today];
  const accounts: Accounts = { spends: new Map(), promised: new Map(), settled: 0 };
  for (const desk of await ledger.listDesks()) {
    for (const day of days) {
      const { settled } = await budget.sweep(desk, day, (key) => paid.recall(key), now);
      accounts.settled += settled;
    }
    accounts.spends.set(desk, await budget.read(desk, today));
  }
  return accounts;
}

/** @returns whether an attempt was begun. */
async function beginOne(
  clients: LateCaptionClients,
  accounts: Accounts,
  waiting: WaitingCaptions,
  now: Date,
): Promise<boolean> {
  const { ledger, records, workflow } = clients;
  const { assetId } = waiting;
  const asset = await ledger.getAsset(assetId);
  if (asset === undefined || asset.status === 'withdrawn' || asset.status === 'refused') {
    await records.forgetWaiting(assetId);
    return false;
  }
  if (asset.status === 'processing' && asset.attempt === waiting.attempt) {
    // Begun by an earlier run that ended before it started the workflow, or already under way: a start says which.
    return workflow.start(asset);
  }
  const inAWhile = new Date(now.getTime() + attemptHours * hourMilliseconds).toISOString();
  const { tries } = waiting;
  if (asset.status !== 'indexed') {
    await records.postpone(waiting, { dueAt: inAWhile, tries, attempt: asset.attempt });
    return false;
  }
  if (!promise(clients.settings, accounts, waiting)) {
    const tomorrow = new Date(Date.parse(`${budgetDay(now)}T00:00:00Z`) + dayMilliseconds).toISOString();
    await records.postpone(waiting, { dueAt: tomorrow, tries, attempt: asset.attempt });
    return false;
  }
  // Of two runs at once one gets through here, and the row knows the attempt before it exists.
  const next = { dueAt: inAWhile, tries: tries + 1, attempt: asset.attempt + 1 };
  return (await records.postpone(waiting, next)) && beginAndStart(clients, asset);
}

/** Sets the asset's share of the desk's money aside for this run. @returns false where not one picture fits. */
function promise(
  settings: CaptionSettings,
  { spends, promised }: Accounts,
  { desk, pictures }: WaitingCaptions,
): boolean {
  const spend = spends.get(desk);
  const given = (spend === undefined ? 0 : committedOf(spend)) + (promised.get(desk) ?? 0);
  const perPicture = dearestCall(settings);
  if (given + perPicture > dailyLimit(settings, desk)) return false;
  promised.set(desk, (promised.get(desk) ?? 0) + pictures * perPicture);
  return true;
}

async function beginAndStart(
  { ledger, workflow }: LateCaptionClients,
  { assetId, attempt }: AssetRecord,
): Promise<boolean> {
  try {
    const begun = await ledger.beginAttempt(assetId, { reason: 'captions', expectedAttempt: attempt });
    await workflow.start(begun);
    return true;
  } catch (error) {
    // Somebody else has begun an attempt, which sees to the captions as well.
    if (error instanceof FencedError || error instanceof AttemptNotAllowedError) return false;
    throw error;
  }
}
