import { type SearchQuery, searchQuerySchema } from '../contracts/api.ts';
import { parseRequest } from '../runtime/problems.ts';

/**
 * Reads the query string of a request. Whatever an editor types is only text: control characters become spaces and no
 * query language is ever made of it.
 * @throws Problem 400 that names each parameter which does not fit.
 */
export function parseQuery(parameters: Record<string, string | undefined> | undefined): SearchQuery {
  const given = Object.entries(parameters ?? {}).filter(([, value]) => value !== undefined && value !== '');
  const query = parseRequest(searchQuerySchema, Object.fromEntries(given));
  return { ...query, q: plainText(query.q) };
}

export const plainText = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
