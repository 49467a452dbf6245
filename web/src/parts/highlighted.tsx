import { Highlight, type MantineSize } from '@mantine/core';
import { isUnspaced, markedWords } from './marked-words.ts';

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
  return (
    <Highlight
      component="span"
      className="plain-text"
      highlight={markedWords(text, query, words)}
      wholeWord={!isUnspaced(text)}
      // They are written as they stand in the text; folding vowel signs of other scripts away would mark other words.
      accentInsensitive={false}
      {...(size ? { size } : {})}
    >
      {text}
    </Highlight>
  );
}
