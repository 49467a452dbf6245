import {
  type Difference,
  type DifferenceKind,
  type ReconcilePhase,
  type Reconciliation,
  reconcilePhases,
  unrepairable,
} from '../../contracts/reconciliation.ts';
import { errorMessage } from '../../runtime/errors.ts';

/** A difference that was found, and how to mend it. */
export interface Finding {
  kind: DifferenceKind;
  about: string;
  /** Absent where nothing can. It must look again before it changes anything: time has passed. */
  repair?: () => Promise<void>;
}

/** One page of a phase. */
export interface Page {
  seen: Partial<Reconciliation['seen']>;
  findings: Finding[];
  /** Where to go on; absent at the end of the phase. */
  cursor?: string | undefined;
}

/** Reads one page; a page that is read again finds what is still there. */
export type ReadPage = (cursor: string | undefined) => Promise<Page>;

export type Phases = Readonly<Record<ReconcilePhase, ReadPage>>;

/** Enough for a person; the counts have them all. */
const maxExamples = 50;

export const beginWalk = (startedAt: Date, isDryRun: boolean): Reconciliation => ({
  startedAt: startedAt.toISOString(),
  isDryRun,
  phase: reconcilePhases[0],
  seen: { rows: 0, objects: 0, folders: 0, documents: 0 },
  found: {},
  repaired: {},
  examples: [],
});

/**
 * Walks page after page for as long as there is time, in memory that one page bounds. What it answers goes on later
 * where this ended.
 */
export async function walk(
  begun: Reconciliation,
  phases: Phases,
  { hasTime, now }: { hasTime: () => boolean; now: () => Date },
): Promise<Reconciliation> {
  let walked = begun;
  while (walked.endedAt === undefined && (walked === begun || hasTime())) {
    const page = await phases[walked.phase](walked.cursor);
    const differences: Difference[] = [];
    for (const finding of page.findings) differences.push(await dealtWith(finding, walked.isDryRun));
    walked = noted(walked, page, differences, now());
  }
  return walked;
}

async function dealtWith({ kind, about, repair }: Finding, isDryRun: boolean): Promise<Difference> {
  if (isDryRun || repair === undefined || unrepairable.has(kind)) return { kind, about, isRepaired: false };
  try {
    await repair();
    return { kind, about, isRepaired: true };
  } catch (error) {
    return { kind, about, isRepaired: false, problem: errorMessage(error) };
  }
}

function noted(walked: Reconciliation, page: Page, differences: readonly Difference[], now: Date): Reconciliation {
  const { cursor: _cursor, ...rest } = walked;
  const next = reconcilePhases[reconcilePhases.indexOf(walked.phase) + 1];
  const place =
    page.cursor !== undefined
      ? { phase: walked.phase, cursor: page.cursor }
      : next !== undefined
        ? { phase: next }
        : { phase: walked.phase, endedAt: now.toISOString() };
  return {
    ...rest,
    ...place,
    seen: {
      rows: walked.seen.rows + (page.seen.rows ?? 0),
      objects: walked.seen.objects + (page.seen.objects ?? 0),
      folders: walked.seen.folders + (page.seen.folders ?? 0),
      documents: walked.seen.documents + (page.seen.documents ?? 0),
    },
    found: added(walked.found, differences),
    repaired: added(
      walked.repaired,
      differences.filter(({ isRepaired }) => isRepaired),
    ),
    examples: [...walked.examples, ...differences].slice(0, maxExamples),
  };
}

function added(counts: Reconciliation['found'], differences: readonly Difference[]): Reconciliation['found'] {
  const sum = { ...counts };
  for (const { kind } of differences) sum[kind] = (sum[kind] ?? 0) + 1;
  return sum;
}

/** Differences that are left: nobody mended them. */
export const leftOf = ({ found, repaired }: Pick<Reconciliation, 'found' | 'repaired'>): number =>
  Object.entries(found).reduce((sum, [kind, count]) => sum + count - (repaired[kind as DifferenceKind] ?? 0), 0);
