import type { StoredDocument, VectorIndex } from '../../clients/vector-index.ts';
import { heldBackClauses } from '../../contracts/release.ts';
import type { Clause } from '../filters.ts';

export const written = ({ since, before }: { since?: string; before: string }): Clause => ({
  range: { indexedAt: { ...(since === undefined ? {} : { gte: since }), lt: before } },
});

/** What was written in the window, and what was written before it and whose embargo ended in it. */
export const becameVisible = (from: string, to: string): Clause => ({
  bool: {
    should: [
      written({ since: from, before: to }),
      { bool: { filter: [written({ before: from }), { range: { embargoUntil: { gt: from, lte: to } } }] } },
    ],
    minimum_should_match: 1,
  },
});

/** What became visible meanwhile and is in no count yet; of more than these the next count tells. */
const maxRecent = 500;

/** The newest documents that became visible since, each once. @throws where the index does not answer in time */
export async function recentlyVisible(
  index: Pick<VectorIndex, 'search'>,
  since: string,
  now: string,
  timeoutMilliseconds: number,
): Promise<StoredDocument[]> {
  const { found } = await index.search(
    {
      query: { bool: { filter: [becameVisible(since, now)], must_not: heldBackClauses(now) } },
      size: maxRecent,
      sort: [{ indexedAt: 'desc' }],
    },
    { timeoutMilliseconds },
  );
  return [...new Map(found.map(({ document }) => [document.documentId, document])).values()];
}
