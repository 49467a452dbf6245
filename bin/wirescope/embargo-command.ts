import type { Command } from 'commander';
import { Releases } from '../../lambdas/clients/releases.ts';
import { type ReleaseRecord, type ReleaseReport, releaseReportSchema } from '../../lambdas/contracts/release-event.ts';
import { OperatedFunction } from './call-function.ts';
import { type Outputs, outputNamed } from './deployed.ts';
import { exitCodes } from './exit-codes.ts';
import { progressBar } from './progress-bar.ts';

/** More than a person reads; the longest due come first. */
const maxListed = 10_000;
const endOfTime = new Date('9999-12-31T00:00:00Z');

export function addEmbargoCommand(
  program: Command,
  { outputs, say }: { outputs: () => Promise<Outputs>; say: (text: string) => void },
): void {
  program
    .command('embargo')
    .description('say which assets are under embargo, and tell of those whose embargo has ended')
    .option('--tell', 'tell of what is due now, as the timer does each minute')
    .option('--dry-run', 'with --tell: say what is due and change nothing')
    .option('--json', 'answer as JSON')
    .action(async ({ tell, dryRun, json }: { tell?: boolean; dryRun?: boolean; json?: boolean }) => {
      const out = await outputs();
      const releases = Releases.open(outputNamed(out, 'LedgerTableName'));
      const listed = await releases.due({ by: tell ? new Date() : endOfTime, limit: maxListed });
      if (!tell || dryRun) {
        say(json ? JSON.stringify({ releases: listed.map(plain) }) : releasesInWords(listed));
        return;
      }
      const report = await tellAll(new OperatedFunction(outputNamed(out, 'ReleaseFunctionName')), listed.length);
      say(json ? JSON.stringify(report) : reportInWords(report));
      if (report.problems.length > 0) process.exitCode = exitCodes.left;
    });
}

const plain = ({ assetId, kind, desk, cause, dueAt }: ReleaseRecord) => ({ assetId, kind, desk, cause, dueAt });

/** One call takes as many as its time allows. */
async function tellAll(releasing: OperatedFunction, total: number): Promise<ReleaseReport> {
  const progress = progressBar('embargo', total);
  const all: ReleaseReport = { released: [], postponed: 0, forgotten: 0, problems: [], overdueSeconds: 0 };
  try {
    for (;;) {
      const report = await releasing.call({}, releaseReportSchema);
      all.released.push(...report.released);
      all.postponed += report.postponed;
      all.forgotten += report.forgotten;
      all.problems.push(...report.problems);
      all.overdueSeconds = Math.max(all.overdueSeconds, report.overdueSeconds);
      const done = all.released.length + all.postponed + all.forgotten;
      progress.set(Math.min(done, total), `${all.released.length} told`);
      const isIdle = report.released.length + report.postponed + report.forgotten === 0;
      if (isIdle || report.problems.length > 0 || done >= total) return all;
    }
  } finally {
    progress.stop();
  }
}

export function releasesInWords(releases: readonly ReleaseRecord[]): string {
  if (releases.length === 0) return 'Nothing waits for its release.';
  return releases
    .map(({ assetId, kind, desk, cause, dueAt }) => `${assetId}  ${dueAt}  ${kind} of ${desk}: ${cause}`)
    .join('\n');
}

function reportInWords({ released, postponed, forgotten, problems }: ReleaseReport): string {
  return [
    `${released.length} told, ${postponed} put off, ${forgotten} were withdrawn.`,
    ...problems.map((problem) => `  not told: ${problem}`),
  ].join('\n');
}
