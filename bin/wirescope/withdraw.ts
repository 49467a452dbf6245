import { setTimeout as delay } from 'node:timers/promises';
import {
  type Receipt,
  type WithdrawalAnswer,
  type WithdrawalRequest,
  type WithdrawalStore,
  whyNotLifted,
  withdrawalAnswerSchema,
} from '../../lambdas/contracts/withdrawal.ts';
import { errorMessage } from '../../lambdas/runtime/errors.ts';
import type { OperatedFunction } from './call-function.ts';
import { inParallel } from './in-parallel.ts';
import type { Progress } from './progress-bar.ts';

export type AskWithdrawal = (request: WithdrawalRequest) => Promise<WithdrawalAnswer>;
export const askThrough =
  (withdrawing: OperatedFunction): AskWithdrawal =>
  (request) =>
    withdrawing.call(request, withdrawalAnswerSchema);

/** How far one asset of the command came. */
export interface Withdrawn {
  assetId: string;
  state: WithdrawalAnswer['state'];
  receiptKey?: string;
  receipt?: Receipt;
  /** On a dry run: what lies where. */
  stores?: Partial<Record<WithdrawalStore, number>>;
  /** Why it did not come to its receipt. */
  problem?: string;
}

const askedAtOnce = 4;
const shortestPauseMilliseconds = 1000;

/**
 * Withdraws assets to their receipts: all are removed first, so that the wait until the index shows it is one for all.
 * Cut off, it is run again.
 * @param limitMilliseconds after which what still waits is left as it is, with the reason.
 */
export async function withdrawAssets(
  ask: AskWithdrawal,
  assetIds: readonly string[],
  { reason, by }: { reason: string; by: string },
  { progress, limitMilliseconds, pause = delay }: WithdrawOptions,
): Promise<Withdrawn[]> {
  const report = new Map<string, Withdrawn>();
  const waitFor = new Map<string, { until: number; why: string }>();
  const deadline = Date.now() + limitMilliseconds;
  const step = async (assetId: string, request: WithdrawalRequest): Promise<void> => {
    const answer = await ask(request).catch((error: unknown) => errorMessage(error));
    if (typeof answer !== 'string' && answer.state === 'waiting')
      waitFor.set(assetId, { until: Date.parse(answer.until), why: answer.why });
    else {
      waitFor.delete(assetId);
      report.set(assetId, withdrawnBy(assetId, answer));
    }
    progress.set(report.size, [...waitFor.values()][0]?.why ?? '');
  };
  await inParallel(assetIds, askedAtOnce, (assetId) => step(assetId, { action: 'remove', assetId, reason, by }));
  while (waitFor.size > 0 && Date.now() < deadline) {
    const soonest = Math.min(...[...waitFor.values()].map(({ until }) => until));
    await pause(Math.max(shortestPauseMilliseconds, Math.min(soonest, deadline) - Date.now()));
    const due = [...waitFor].filter(([, { until }]) => until <= Date.now()).map(([assetId]) => assetId);
    await inParallel(due, askedAtOnce, (assetId) => step(assetId, { action: 'prove', assetId }));
  }
  for (const [assetId, { why }] of waitFor)
    report.set(assetId, { assetId, state: 'waiting', problem: `not proved yet: ${why}; run the command again` });
  return assetIds.flatMap((assetId) => report.get(assetId) ?? []);
}

export interface WithdrawOptions {
  progress: Progress;
  limitMilliseconds: number;
  pause?: (milliseconds: number) => Promise<unknown>;
}

function withdrawnBy(assetId: string, answer: WithdrawalAnswer | string): Withdrawn {
  if (typeof answer === 'string') return { assetId, state: 'waiting', problem: answer };
  switch (answer.state) {
    case 'unknown':
      return { assetId, state: answer.state, problem: 'the ledger has no such asset' };
    case 'not allowed':
      return { assetId, state: answer.state, problem: answer.why };
    case 'proved':
    case 'lifted':
      return { assetId, state: answer.state, receiptKey: answer.receiptKey, receipt: answer.receipt };
    case 'found':
      return { assetId, state: answer.state, stores: answer.stores };
    default:
      return { assetId, state: answer.state };
  }
}

/** What a withdrawal would take away. */
export function lookAtAssets(
  ask: AskWithdrawal,
  assetIds: readonly string[],
  progress: Pick<Progress, 'set'>,
): Promise<Withdrawn[]> {
  let looked = 0;
  return inParallel(assetIds, askedAtOnce, async (assetId) => {
    const answer = await ask({ action: 'look', assetId }).catch((error: unknown) => errorMessage(error));
    looked += 1;
    progress.set(looked, 'looked at');
    return withdrawnBy(assetId, answer);
  });
}

/** Whether a withdrawal may be lifted; nothing is changed. */
export async function lookToLift(ask: AskWithdrawal, assetId: string): Promise<Withdrawn> {
  const answer = await ask({ action: 'look', assetId }).catch((error: unknown) => errorMessage(error));
  if (typeof answer === 'string' || answer.state !== 'found') return withdrawnBy(assetId, answer);
  const problem = whyNotLifted(answer.withdrawal);
  return problem === undefined ? { assetId, state: 'found' } : { assetId, state: 'not allowed', problem };
}

export async function liftWithdrawal(
  ask: AskWithdrawal,
  assetId: string,
  { reason, by }: { reason: string; by: string },
): Promise<Withdrawn> {
  const answer = await ask({ action: 'lift', assetId, reason, by }).catch((error: unknown) => errorMessage(error));
  return withdrawnBy(assetId, answer);
}

/** One line an asset, for a person. */
export function withdrawnInWords({ assetId, state, receiptKey, stores, problem }: Withdrawn): string {
  if (problem !== undefined) return `${assetId}  not done: ${problem}.`;
  if (stores !== undefined) {
    const found = Object.entries(stores).filter(([, count]) => count > 0);
    return `${assetId}  would lose ${found.map(([store, count]) => `${store} ${count}`).join(', ') || 'nothing'}`;
  }
  if (state === 'found') return `${assetId}  may be let in again`;
  return `${assetId}  ${state === 'lifted' ? 'may come again' : 'withdrawn'}, receipt ${receiptKey}`;
}
