import type { DeskSpend } from '../../contracts/api.ts';
import { reservedOf, unaccountedOf } from './budget.ts';
import type { CaptionBudget } from './caption-budget.ts';

/** One desk's day as editors and operators read it, under today's limit or the one that it was spent under. */
export async function deskSpend(
  budget: Pick<CaptionBudget, 'read'>,
  { desk, day, limitMicroDollars }: { desk: string; day: string; limitMicroDollars?: number },
): Promise<DeskSpend> {
  const spend = await budget.read(desk, day);
  const limit = limitMicroDollars ?? spend.limitMicroDollars;
  return {
    desk,
    day,
    spentMicroDollars: spend.spentMicroDollars,
    reservedMicroDollars: reservedOf(spend),
    unaccountedMicroDollars: unaccountedOf(spend),
    calls: spend.calls,
    ...(limit === undefined ? {} : { limitMicroDollars: limit }),
  };
}
