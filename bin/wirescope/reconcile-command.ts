import type { Command } from 'commander';
import {
  type DifferenceKind,
  type Reconciliation,
  reconcilePhases,
  reconciliationSchema,
} from '../../lambdas/contracts/reconciliation.ts';
import { OperatedFunction } from './call-function.ts';
import { type Outputs, outputNamed } from './deployed.ts';
import { exitCodes } from './exit-codes.ts';
import { progressBar } from './progress-bar.ts';

export function addReconcileCommand(
  program: Command,
  { outputs, say }: { outputs: () => Promise<Outputs>; say: (text: string) => void },
): void {
  program
    .command('reconcile')
    .description('hold bucket, ledger and index against each other, and mend what differs')
    .option('--dry-run', 'name the differences and change nothing')
    .option('--json', 'answer as JSON')
    .action(async ({ dryRun, json }: { dryRun?: boolean; json?: boolean }) => {
      const reconciling = new OperatedFunction(outputNamed(await outputs(), 'ReconcileFunctionName'));
      const walked = await wholeWalk(reconciling, dryRun === true);
      say(json ? JSON.stringify(walked) : reconciliationInWords(walked));
      if (leftIn(walked).length > 0) process.exitCode = exitCodes.left;
    });
}

/** One call is as long as a Lambda lives: the next goes on where it ended. */
async function wholeWalk(reconciling: OperatedFunction, isDryRun: boolean): Promise<Reconciliation> {
  const progress = progressBar('reconcile', reconcilePhases.length);
  try {
    let walked = await reconciling.call({ begin: { isDryRun } }, reconciliationSchema);
    while (walked.endedAt === undefined) {
      const { rows, objects, folders, documents } = walked.seen;
      progress.set(
        reconcilePhases.indexOf(walked.phase),
        `${walked.phase}: ${rows} rows, ${objects} objects, ${folders} folders, ${documents} documents`,
      );
      walked = await reconciling.call({ goOn: walked }, reconciliationSchema);
    }
    return walked;
  } finally {
    progress.stop();
  }
}

const kindsIn = ({ found }: Reconciliation): DifferenceKind[] => Object.keys(found) as DifferenceKind[];
const leftIn = (walked: Reconciliation): DifferenceKind[] =>
  kindsIn(walked).filter((kind) => (walked.found[kind] ?? 0) > (walked.repaired[kind] ?? 0));

export function reconciliationInWords(walked: Reconciliation): string {
  const { seen, found, repaired, examples, isDryRun } = walked;
  const left = leftIn(walked).reduce((sum, kind) => sum + (found[kind] ?? 0) - (repaired[kind] ?? 0), 0);
  return [
    `${seen.rows} rows, ${seen.objects} objects, ${seen.folders} folders of derived objects and ${seen.documents} documents looked at.`,
    ...kindsIn(walked).map((kind) => `${kind}: ${found[kind]} found, ${repaired[kind] ?? 0} mended`),
    ...examples
      .filter(({ isRepaired }) => !isRepaired)
      .map(({ kind, about, problem }) => `  ${about}  ${kind}${problem === undefined ? '' : `: ${problem}`}`),
    left === 0 ? 'Nothing is unexplained.' : `${left} are left: see the runbook.`,
    ...(isDryRun ? ['Nothing was changed.'] : []),
  ].join('\n');
}
