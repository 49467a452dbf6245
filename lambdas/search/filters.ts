import type { SearchQuery } from '../contracts/api.ts';
import { entityKey, keyOfFilter, underEveryLabel } from '../contracts/entity-key.ts';
import { heldBackClauses } from '../contracts/release.ts';
import { wordsOf } from './analysis.ts';

export type Clause = Record<string, unknown>;

export type Filters = Pick<SearchQuery, 'type' | 'desk' | 'from' | 'to' | 'entity'>;

/**
 * Searches of the same ten seconds send the same filters, so that the index counts what lies under them once. An embargo
 * ends so much later at most, and never earlier; a write takes longer to be found.
 */
const momentMilliseconds = 10_000;
const momentOf = (now: Date): string =>
  new Date(Math.floor(now.getTime() / momentMilliseconds) * momentMilliseconds).toISOString();

/**
 * What every retrieval carries inside itself: nothing embargoed or withheld is ever a candidate. `to` is the last day,
 * so it reaches to the end of that day in UTC.
 */
export function filtersOf(
  query: Filters,
  now: Date,
  { phrases = [], exclusions = [] }: { phrases?: readonly string[]; exclusions?: readonly string[] } = {},
): Clause {
  const filter: Clause[] = [];
  if (query.type !== undefined) filter.push({ terms: { assetKind: query.type } });
  if (query.desk?.length) filter.push({ terms: { desk: query.desk } });
  if (query.from !== undefined || query.to !== undefined)
    filter.push({
      range: {
        createdAt: {
          ...(query.from === undefined ? {} : { gte: query.from }),
          ...(query.to === undefined ? {} : { lt: `${query.to}||+1d` }),
        },
      },
    });
  for (const entity of query.entity ?? []) filter.push({ terms: { entityKeys: underEveryLabel(keyOfFilter(entity)) } });
  for (const phrase of phrases) filter.push(phraseClause(phrase));
  return {
    bool: {
      filter,
      must_not: [...heldBackClauses(momentOf(now)), ...exclusions.map(exclusionClause)],
    },
  };
}

/** Words that follow one another, as they are written but for case and accents. */
const phraseClause = (phrase: string): Clause => ({ match_phrase: { exact: { query: entityKey(phrase) } } });

/** A single word takes its other forms with it, as it does when it is searched for. */
const exclusionClause = (excluded: string): Clause =>
  wordsOf(excluded).length > 1
    ? phraseClause(excluded)
    : {
        multi_match: { query: excluded, fields: ['title', 'text', 'context', 'keywords', 'people', 'place', 'exact'] },
      };

/** The filters of the request and those in the words: the later first day, the earlier last day, the types that both name. */
export function joinFilters(request: Filters, read: Pick<Filters, 'type' | 'from' | 'to'>): Filters {
  const from = [request.from, read.from]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);
  const to = [request.to, read.to].filter((day) => day !== undefined).sort()[0];
  const type =
    request.type && read.type ? request.type.filter((one) => read.type?.includes(one)) : (request.type ?? read.type);
  return {
    ...request,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(type === undefined ? {} : { type }),
  };
}
