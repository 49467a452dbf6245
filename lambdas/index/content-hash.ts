import { createHash } from 'node:crypto';
import type { WirescopeDocument } from '../contracts/documents.ts';

/**
 * SHA-256 of what a reader would find, whichever attempt made it: the same content needs no second write.
 * @returns lower-case hexadecimal.
 */
export function contentSha256({ attempt: _, ...content }: WirescopeDocument): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex');
}

/** The order in which a step happened to write the fields is no content. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
