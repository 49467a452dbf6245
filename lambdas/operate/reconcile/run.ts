import type { MediaBucket } from '../../clients/media-bucket.ts';
import {
  type ReconcileRequest,
  type Reconciliation,
  reconcileKeys,
  reconciliationSchema,
} from '../../contracts/reconciliation.ts';
import { beginWalk, type Phases, walk } from './walk.ts';

/**
 * A walk that an operator began goes on from what the operator hands over. The timer's own goes on from where its last
 * run left it, and begins anew once it has ended.
 */
export async function runOf(
  { phases, reports }: { phases: Phases; reports: Pick<MediaBucket, 'findJson' | 'putJson'> },
  { begin, goOn }: ReconcileRequest,
  clock: { now: () => Date; hasTime: () => boolean },
): Promise<Reconciliation> {
  if (begin !== undefined) return walk(beginWalk(clock.now(), begin.isDryRun), phases, clock);
  if (goOn !== undefined) return walk(goOn, phases, clock);
  const left = await reports.findJson(reconcileKeys.current, reconciliationSchema);
  const begun = left === undefined || left.endedAt !== undefined ? beginWalk(clock.now(), false) : left;
  const walked = await walk(begun, phases, clock);
  await reports.putJson(reconcileKeys.current, reconciliationSchema, walked);
  if (walked.endedAt !== undefined)
    await reports.putJson(reconcileKeys.report(walked.startedAt), reconciliationSchema, walked);
  return walked;
}
