import { createHash } from 'node:crypto';
import type { SearchQuery } from '../contracts/api.ts';
import { Problem } from '../runtime/problems.ts';

/**
 * A cursor names a page of one search and carries a digest of both, so that one that was made up, or belongs to another
 * search, is told from a good one. It guards against mistakes: it opens nothing that `page` would not.
 */
export function cursorTo(page: number, query: SearchQuery): string {
  return Buffer.from(`${page}.${digest(page, query)}`).toString('base64url');
}

/** @throws Problem 400 for a cursor that this search did not give. */
export function pageOf(cursor: string, query: SearchQuery): number {
  const [page = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
  const number = Number(page);
  if (!/^\d{1,3}$/.test(page) || cursorTo(number, query) !== cursor)
    throw new Problem(
      400,
      'InvalidCursor',
      'This cursor does not belong to this search. Start again at the first page.',
    );
  return number;
}

function digest(page: number, { cursor: _, page: __, ...query }: SearchQuery): string {
  const fields = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([page, fields]))
    .digest('base64url')
    .slice(0, 16);
}
