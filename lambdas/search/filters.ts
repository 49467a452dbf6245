import type { SearchQuery } from '../contracts/api.ts';

export type Clause = Record<string, unknown>;

/**
 * What every retriever is held to, lexical and vector alike: the editor's filters, and what nobody may find yet.
 * `now` decides over embargoes, so an embargo ends on time without anything being indexed again.
 */
export function filterClauses(
  query: Pick<SearchQuery, 'type' | 'desk' | 'from' | 'to' | 'entity'>,
  now: Date,
): Clause[] {
  const instant = now.toISOString();
  const clauses: Clause[] = [
    { term: { withheld: false } },
    {
      bool: {
        should: [
          { bool: { must_not: [{ exists: { field: 'embargoUntil' } }] } },
          { range: { embargoUntil: { lte: instant } } },
        ],
        minimum_should_match: 1,
      },
    },
  ];
  if (query.type?.length) clauses.push({ terms: { assetKind: query.type } });
  if (query.desk?.length) clauses.push({ terms: { desk: query.desk } });
  for (const key of query.entity ?? []) clauses.push({ term: { entityKeys: key } });
  if (query.from || query.to)
    clauses.push({
      range: {
        createdAt: {
          ...(query.from ? { gte: query.from } : {}),
          // The last day counts whole: rounding up makes it its last millisecond.
          ...(query.to ? { lte: `${query.to}||/d` } : {}),
        },
      },
    });
  return clauses;
}
