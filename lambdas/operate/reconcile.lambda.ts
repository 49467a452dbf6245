import type { Context } from 'aws-lambda';
import { type Reconciliation, reconcileRequestSchema } from '../contracts/reconciliation.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { runOf } from './reconcile/run.ts';
import { leftOf } from './reconcile/walk.ts';
import { wire } from './reconcile/wiring.ts';

/** A page takes seconds; what it has found is kept. */
const reservedMilliseconds = 60_000;

const telemetry = telemetryFor('operate');
let wired: ReturnType<typeof wire> | undefined;

/** Holds bucket, ledger and index against each other: a part of the walk, or all of it where there is time. */
export const handler = async (event: unknown, context: Context): Promise<Reconciliation> => {
  wired ??= wire();
  try {
    const walked = await runOf(wired, reconcileRequestSchema.parse(event ?? {}), {
      now: () => new Date(),
      hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
    });
    telemetry.logger.info('reconciled', { walked });
    if (walked.endedAt !== undefined) count(telemetry, 'differencesLeft', walked.isDryRun ? 0 : leftOf(walked));
    return walked;
  } finally {
    if (telemetry.metrics.hasStoredMetrics()) telemetry.metrics.publishStoredMetrics();
  }
};
