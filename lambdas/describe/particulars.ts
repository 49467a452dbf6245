import type { Description } from '../contracts/documents.ts';
import { maxKeywords, maxPeople, optionalLine, plainList, plainText, textLimits } from './plain-text.ts';

/** What one source (the file itself, a ninjs item, a shotlist) says of an asset, as it stands there. */
export interface Particulars {
  headline?: string | undefined;
  caption?: string | undefined;
  creator?: string | undefined;
  credit?: string | undefined;
  copyright?: string | undefined;
  usageTerms?: string | undefined;
  place?: string | undefined;
  people?: readonly string[] | undefined;
  keywords?: readonly string[] | undefined;
  /** ISO 8601 with offset. */
  createdAt?: string | undefined;
  digitalSourceType?: string | undefined;
  embargoUntil?: string | undefined;
  isWithheld?: boolean | undefined;
  /** The file itself says that no machine may mine it (PLUS Data Mining). */
  isMiningProhibited?: boolean | undefined;
}

const limits = {
  headline: textLimits.headline,
  creator: textLimits.fact,
  credit: textLimits.fact,
  copyright: textLimits.fact,
  usageTerms: textLimits.usageTerms,
  place: textLimits.fact,
  digitalSourceType: textLimits.fact,
} as const;

/** The same as plain text within its limits; what is empty is left out. */
export function cleanParticulars(said: Particulars): Particulars {
  const lines = (Object.keys(limits) as (keyof typeof limits)[])
    .map((field) => [field, optionalLine(said[field], limits[field])] as const)
    .filter(([, line]) => line !== undefined);
  const caption = plainText(said.caption ?? '', textLimits.caption);
  const people = plainList(said.people ?? [], maxPeople);
  const keywords = plainList(said.keywords ?? [], maxKeywords);
  return {
    ...Object.fromEntries(lines),
    ...(caption === '' ? {} : { caption }),
    ...(people.length === 0 ? {} : { people }),
    ...(keywords.length === 0 ? {} : { keywords }),
    ...(said.createdAt === undefined ? {} : { createdAt: said.createdAt }),
    ...(said.embargoUntil === undefined ? {} : { embargoUntil: said.embargoUntil }),
    ...(said.isWithheld === undefined ? {} : { isWithheld: said.isWithheld }),
    ...(said.isMiningProhibited === undefined ? {} : { isMiningProhibited: said.isMiningProhibited }),
  };
}

/**
 * One source's words before another's: each fact comes from the first source that has it. An embargo or a hold that
 * any of them names holds; of two embargoes the later one.
 */
export function mergeParticulars(sources: readonly Particulars[]): Particulars {
  const cleaned = sources.map(cleanParticulars);
  const merged: Particulars = Object.assign({}, ...cleaned.toReversed());
  const embargoes = cleaned.flatMap(({ embargoUntil }) => embargoUntil ?? []);
  const latest = embargoes.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  return {
    ...merged,
    ...(latest === undefined ? {} : { embargoUntil: latest }),
    isWithheld: cleaned.some(({ isWithheld }) => isWithheld === true),
    isMiningProhibited: cleaned.some(({ isMiningProhibited }) => isMiningProhibited === true),
  };
}

/** The fields that a description has from its asset's particulars. */
export function describedBy(
  particulars: Particulars,
): Pick<Description, 'keywords' | 'people' | 'rights'> &
  Partial<Pick<Description, 'place' | 'createdAt' | 'digitalSourceType'>> {
  const { creator, credit, copyright, usageTerms, embargoUntil, place, createdAt, digitalSourceType } = particulars;
  return {
    keywords: [...(particulars.keywords ?? [])],
    people: [...(particulars.people ?? [])],
    ...(place === undefined ? {} : { place }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(digitalSourceType === undefined ? {} : { digitalSourceType }),
    rights: {
      ...(creator === undefined ? {} : { creator }),
      ...(credit === undefined ? {} : { credit }),
      ...(copyright === undefined ? {} : { copyright }),
      ...(usageTerms === undefined ? {} : { usageTerms }),
      ...(embargoUntil === undefined ? {} : { embargoUntil }),
      withheld: particulars.isWithheld ?? false,
    },
  };
}
