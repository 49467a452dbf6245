import { type Hold, releaseOf } from '../../contracts/release.ts';
import type { ReleaseRecord } from '../../contracts/release-event.ts';

/** Which release is to come, by what an attempt's sources say. */
export type PlannedRelease = Pick<ReleaseRecord, 'subject' | 'cause' | 'dueAt'>;

/** The subject of the release that comes with the end of an embargo. */
export const embargoSubject = (until: string): string => `embargo until ${new Date(until).toISOString()}`;

/** Whether the release that the record is about was told. */
export const isTold = ({ subject, effect }: Pick<ReleaseRecord, 'subject' | 'effect'>): boolean =>
  effect?.state === 'confirmed' && effect.subject === subject;

/**
 * What an indexed attempt changes about the release to come. What was never held back has none: it is new, not released.
 * An attempt that ends an embargo, or brings a withheld asset back, releases it at once; one that sets another embargo
 * moves the release.
 * @param known the record as it is
 * @returns undefined where it stays as it is
 */
export function planRelease(
  known: ReleaseRecord | undefined,
  hold: Hold,
  { attempt, now }: { attempt: number; now: Date },
): PlannedRelease | undefined {
  const release = releaseOf(hold, now);
  if (release.state === 'embargoed') {
    const subject = embargoSubject(release.until);
    if (known?.subject === subject) return undefined;
    return { subject, cause: 'embargo ended', dueAt: new Date(release.until).toISOString() };
  }
  if (release.state === 'withheld')
    return known?.subject === 'withheld' ? undefined : { subject: 'withheld', cause: 'no longer withheld' };
  if (known === undefined || isTold(known)) return undefined;
  // Due already: the timer is about to tell it.
  if (known.dueAt !== undefined && Date.parse(known.dueAt) <= now.getTime()) return undefined;
  return {
    subject: `lifted by attempt ${attempt}`,
    cause: known.subject === 'withheld' ? 'no longer withheld' : 'embargo lifted',
    dueAt: now.toISOString(),
  };
}
