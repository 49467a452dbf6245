import type { Step } from '../contracts/assets.ts';
import type { StepState } from '../contracts/ledger.ts';
import type { Hold } from '../contracts/release.ts';

/** The part of the asset ledger through which a step says how far it is; throws FencedError for an old attempt. */
export interface StepRecorder {
  recordStep(
    assetId: string,
    attempt: number,
    step: Step,
    state: StepState,
    noted?: { hold?: Hold | undefined },
  ): Promise<unknown>;
}

/**
 * Runs a step's work between its `started` and its `done` in the ledger. A failure is recorded by the workflow's
 * failure handler, which also knows whether the step will be tried again.
 * @returns the work's result; `detail` is what the page shows beside the step, like "12 shots", `hold` what must be
 *   waited for.
 */
export async function recordProgress<Result>(
  ledger: StepRecorder,
  { assetId, attempt }: { assetId: string; attempt: number },
  step: Step,
  work: () => Promise<{ result: Result; detail: string; hold?: Hold | undefined }>,
): Promise<Result> {
  const startedAt = new Date().toISOString();
  await ledger.recordStep(assetId, attempt, step, { status: 'started', startedAt });
  const { result, detail, hold } = await work();
  const done: StepState = { status: 'done', startedAt, endedAt: new Date().toISOString(), detail };
  await (hold === undefined
    ? ledger.recordStep(assetId, attempt, step, done)
    : ledger.recordStep(assetId, attempt, step, done, { hold }));
  return result;
}
