import { type SearchQuery, searchQuerySchema } from '../contracts/api.ts';
import { Problem, parseRequest } from '../runtime/problems.ts';
import { pageOf } from './cursor.ts';

/**
 * Reads the query string of a request. Whatever an editor types is only text: control characters become spaces and no
 * query language of the index is ever made of it.
 * @throws Problem 400 that names each parameter which does not fit.
 */
export function parseQuery(parameters: Record<string, string | undefined> | undefined): SearchQuery {
  const given = Object.entries(parameters ?? {}).filter(
    ([, value]) => value !== undefined && value.replace(/[\s,]/g, '') !== '',
  );
  const parsed = parseRequest(searchQuerySchema, Object.fromEntries(given));
  const query = { ...parsed, q: plainText(parsed.q) };
  refuseContradictions(query);
  return query.cursor === undefined ? query : { ...query, page: pageOf(query.cursor, query) };
}

function refuseContradictions({ q, similar, from, to, off }: SearchQuery): void {
  if (similar !== undefined && q !== '')
    throw new Problem(400, 'InvalidRequest', 'Ask either by words (q) or by a document (similar), not by both.');
  if (from !== undefined && to !== undefined && from > to)
    throw new Problem(400, 'InvalidRequest', `The first day (from: ${from}) lies after the last (to: ${to}).`);
  if (off?.includes('lexical') && off.includes('vector'))
    throw new Problem(
      400,
      'InvalidRequest',
      'With both words (lexical) and meaning (vector) off, nothing is left to search by.',
    );
}

export const plainText = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
