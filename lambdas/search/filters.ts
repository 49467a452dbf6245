import type { SearchQuery } from '../contracts/api.ts';

export type Clause = Record<string, unknown>;

/**
 * What every retrieval carries inside itself: nothing embargoed or withheld is ever a candidate. `to` is the last day,
 * so it reaches to the end of that day in UTC.
 */
export function filtersOf(query: Omit<SearchQuery, 'q' | 'page' | 'size'>, now: Date): Clause {
  const filter: Clause[] = [];
  if (query.type?.length) filter.push({ terms: { assetKind: query.type } });
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
  for (const entity of query.entity ?? []) filter.push({ term: { entityKeys: entity } });
  return {
    bool: {
      filter,
      must_not: [{ term: { withheld: true } }, { range: { embargoUntil: { gt: now.toISOString() } } }],
    },
  };
}
