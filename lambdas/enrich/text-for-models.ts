import type { Description } from '../contracts/documents.ts';

/**
 * The text whose meaning a document's vector holds. What is particular to the document comes first: the model reads
 * 256 tokens (all-MiniLM-L6-v2) and cuts off what lies beyond, so the context is what may be lost.
 */
export function textToEmbed(description: Description): string {
  const { text, title, context, place, keywords } = description;
  const parts = [text, title, place ?? '', keywords.join(', '), context];
  const seen = new Set<string>();
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '' && !seen.has(part) && seen.add(part))
    .join('\n');
}

/** The text in which names are looked for: a name in the title counts for the document too. */
export const textToSearchForNames = ({ title, text }: Description): string =>
  [title, text]
    .map((part) => part.trim())
    .filter(Boolean)
    .join('\n');
