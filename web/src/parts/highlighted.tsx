import { Highlight, type MantineSize } from '@mantine/core';

const notWorthMarking = new Set('the and for with from that this are was has in of at on a an to by'.split(' '));

/** Words of a query that are worth marking in a text. */
const markedWords = (query: string): string[] => [
  ...new Set(
    query
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length > 1 && !notWorthMarking.has(word)),
  ),
];

/**
 * Text from outside, always as text: words are marked by elements, never by markup in the string. `words` are those
 * that the index matched, as they are written in the text; without them the query's own words are marked.
 */
export function Highlighted({
  text,
  query,
  words,
  size,
}: {
  text: string;
  query: string;
  words?: readonly string[] | undefined;
  size?: MantineSize;
}) {
  const marked = words && words.length > 0 ? words.filter((word) => word.length > 1) : markedWords(query);
  return (
    <Highlight component="span" className="plain-text" highlight={[...marked]} {...(size ? { size } : {})}>
      {text}
    </Highlight>
  );
}
