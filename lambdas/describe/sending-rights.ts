import { releaseOf } from '../contracts/release.ts';
import type { Particulars } from './particulars.ts';

/**
 * Licences that let anybody pass a picture on. Those with "NonCommercial" or "NoDerivatives" are no such ones: nobody
 * here can tell whether a service's use is commercial, or its words a derivative.
 */
const openLicence =
  /^(?:(?:this (?:work|image|photo) is )?(?:licen[sc]ed )?(?:under )?(?:the )?)?(?:cc0|public domain|creative commons (?:zero|attribution(?:[ -]share ?alike)?)|cc[ -]by(?:-sa)?)(?![- ]?n[cd]\b)[\s\d.,()a-z]*$/i;
const restriction = /non-?commercial|no-?deriv|\bn[cd]\b|only|except|prohibit|restrict|\bno\b|\bnot\b/i;

export type KeptBack =
  /** It may be sent from then on. */
  { reason: 'embargo'; until: string } | { reason: 'withheld' | 'usage terms' };

/**
 * Why a picture must not leave for an external service: nobody may find it yet or ever, or its sender's terms do not
 * plainly allow it. Terms that are not understood forbid: a wrong "yes" cannot be taken back.
 * @param sentUsageTerms those that the environment allows, word for word.
 * @returns undefined where it may be sent.
 */
export function keptBack(
  { embargoUntil, isWithheld, isMiningProhibited, usageTerms }: Particulars,
  sentUsageTerms: readonly string[],
  now: Date,
): KeptBack | undefined {
  const release = releaseOf({ withheld: isWithheld === true, embargoUntil }, now);
  if (release.state === 'withheld') return { reason: 'withheld' };
  if (isMiningProhibited === true || !allowSending(usageTerms, sentUsageTerms)) return { reason: 'usage terms' };
  return release.state === 'embargoed' ? { reason: 'embargo', until: release.until } : undefined;
}

const folded = (terms: string): string =>
  terms
    .toLowerCase()
    .replace(/[\s.]+/g, ' ')
    .trim();

function allowSending(usageTerms: string | undefined, sentUsageTerms: readonly string[]): boolean {
  if (usageTerms === undefined) return true;
  const terms = folded(usageTerms);
  if (sentUsageTerms.some((allowed) => folded(allowed) === terms)) return true;
  return openLicence.test(terms) && !restriction.test(terms);
}
