import { Highlight, type MantineSize } from '@mantine/core';

const notWorthMarking = new Set([
  'the',
  'and',
  'for',
  'with',
  'from',
  'that',
  'this',
  'are',
  'was',
  'has',
  'in',
  'of',
  'at',
  'on',
  'a',
  'an',
  'to',
  'by',
]);

/** Words of a query that are worth marking in a text. */
export const markedWords = (query: string): string[] => [
  ...new Set(
    query
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length > 1 && !notWorthMarking.has(word)),
  ),
];

/** Text from outside, always as text: the query's words are marked by elements, never by markup in the string. */
export function Highlighted({ text, query, size }: { text: string; query: string; size?: MantineSize }) {
  return (
    <Highlight component="span" className="plain-text" highlight={markedWords(query)} {...(size ? { size } : {})}>
      {text}
    </Highlight>
  );
}
