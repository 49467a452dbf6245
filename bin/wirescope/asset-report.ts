import { type WaitingCaptions, waitingInWords } from '../../lambdas/contracts/captions.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import { progressInWords, progressOf } from '../../lambdas/contracts/progress.ts';
import type { WithdrawalRecord } from '../../lambdas/contracts/withdrawal.ts';
import type { Redriven, RedriveReport } from './redrive.ts';

/** One asset for a person: what it is, where it stands, each step with how long it took. */
export function assetInWords(
  asset: AssetRecord,
  { waiting, withdrawal }: { waiting?: WaitingCaptions | undefined; withdrawal?: WithdrawalRecord | undefined } = {},
): string {
  const { assetId, kind, fileName, desk, status, attempt, reason, errorName, steps } = asset;
  const lines = [
    `${kind} ${fileName} of ${desk}`,
    `  id       ${assetId}`,
    `  status   ${status}, attempt ${attempt}${errorName === undefined ? '' : ` (${errorName})`}`,
    ...(reason === undefined ? [] : [`  reason   ${reason}`]),
    `  original s3://${asset.original.bucket}/${asset.original.key}`,
    ...progressLine(asset),
    ...waitingLine(waiting),
    ...(withdrawal === undefined ? [] : [withdrawalInWords(withdrawal)]),
    ...Object.entries(steps).map(
      ([step, state]) =>
        `  ${step.padEnd(8)} ${[state.status, state.detail, secondsOf(state.startedAt, state.endedAt)].filter(Boolean).join(', ')}`,
    ),
  ];
  return lines.join('\n');
}

/** What a withdrawal has come to. */
export function withdrawalInWords({
  state,
  begunAt,
  by,
  reason,
  provedAt,
  receiptKey,
  lift,
}: WithdrawalRecord): string {
  const order = `by ${by}, for this reason: ${reason}`;
  if (lift !== undefined) return `  withdrawn ${order}; since ${lift.at} it may come again: ${lift.reason}`;
  return state === 'proved'
    ? `  withdrawn since ${provedAt} ${order}\n  receipt  ${receiptKey}`
    : `  is being withdrawn since ${begunAt} ${order}`;
}

function waitingLine(waiting: WaitingCaptions | undefined): string[] {
  if (waiting === undefined) return [];
  const { pictures, reason, since, dueAt } = waiting;
  const what = `${pictures} ${pictures === 1 ? 'picture' : 'pictures'} since ${since}`;
  return [`  captions wait for ${what}: ${waitingInWords[reason]}; tried again from ${dueAt}`];
}

function progressLine(asset: AssetRecord): string[] {
  const progress = progressOf(asset);
  return progress === undefined ? [] : [`  progress ${progressInWords(progress)}`];
}

const secondsOf = (startedAt: string | undefined, endedAt: string | undefined): string | undefined =>
  startedAt === undefined || endedAt === undefined
    ? undefined
    : `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;

function redrivenInWords({ assetId, fileName, status, reason, attempt, problem }: Redriven): string {
  const what =
    problem !== undefined
      ? `not redriven: ${problem}`
      : attempt !== undefined
        ? `attempt ${attempt} has begun`
        : status;
  return `${assetId}  ${fileName}: ${what}${reason === undefined ? '' : ` (was: ${reason})`}`;
}

export function redriveInWords({ assets, messagesTaken }: RedriveReport, isDryRun: boolean): string {
  if (assets.length === 0) return 'Nothing to redrive.';
  const begun = assets.filter(({ attempt }) => attempt !== undefined).length;
  return [
    ...assets.map(redrivenInWords),
    isDryRun
      ? `${assets.length} would be redriven; nothing was changed.`
      : `${begun} of ${assets.length} redriven, ${messagesTaken} messages taken out of the failure queue.`,
  ].join('\n');
}
