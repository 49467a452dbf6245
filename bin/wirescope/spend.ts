import { z } from 'zod';
import type { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import type { CaptionBudget } from '../../lambdas/clients/captions/caption-budget.ts';
import { deskSpend } from '../../lambdas/clients/captions/spend-report.ts';
import type { DeskSpend } from '../../lambdas/contracts/api.ts';
import { deskSchema } from '../../lambdas/contracts/assets.ts';
import { budgetDay } from '../../lambdas/contracts/captions.ts';
import { OperatorError } from './deployed.ts';

export interface SpendSelection {
  desk?: string;
  /** `yyyy-mm-dd`, UTC. */
  day?: string;
}

/** What desks have spent on captions in a day. @throws OperatorError where desk or day are none. */
export async function spendOf(
  ledger: Pick<AssetLedger, 'listDesks'>,
  budget: Pick<CaptionBudget, 'read'>,
  { desk, day = budgetDay(new Date()) }: SpendSelection,
): Promise<DeskSpend[]> {
  if (!z.iso.date().safeParse(day).success) throw new OperatorError(`--day takes a day like 2026-05-01, not "${day}".`);
  if (desk !== undefined && !deskSchema.safeParse(desk).success)
    throw new OperatorError(`--desk takes a desk's name in lower-case letters, digits and hyphens, not "${desk}".`);
  const desks = desk === undefined ? await ledger.listDesks() : [desk];
  return Promise.all(desks.map((each) => deskSpend(budget, { desk: each, day })));
}

const microDollarsPerDollar = 1_000_000;
const dollars = (microDollars: number): string => `$${(microDollars / microDollarsPerDollar).toFixed(4)}`;

/** One line a desk. */
export const spendInWords = (spends: readonly DeskSpend[]): string =>
  spends.length === 0 ? 'No desk has uploaded anything yet.' : spends.map(lineOf).join('\n');

function lineOf(spend: DeskSpend): string {
  const { desk, day, calls, limitMicroDollars } = spend;
  const parts = [
    `${day} ${desk}: ${dollars(spend.spentMicroDollars)} for ${calls} ${calls === 1 ? 'caption' : 'captions'}`,
    ...(spend.reservedMicroDollars === 0
      ? []
      : [`${dollars(spend.reservedMicroDollars)} set aside for calls under way`]),
    ...(spend.unaccountedMicroDollars === 0
      ? []
      : [`${dollars(spend.unaccountedMicroDollars)} for calls that may have been billed`]),
    ...(limitMicroDollars === undefined ? [] : [`of ${dollars(limitMicroDollars)}`]),
  ];
  return parts.join(', ');
}
