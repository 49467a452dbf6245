import { Highlight, type MantineSize } from '@mantine/core';
import { markedWords } from './marked-words.ts';

/** Scripts that put no space between words have none to keep whole. */
const unspacedScript = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

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
  const marked = words && words.length > 0 ? words.filter((word) => word.length > 1) : markedWords(text, query);
  return (
    <Highlight
      component="span"
      className="plain-text"
      highlight={[...marked]}
      wholeWord={!unspacedScript.test(text)}
      {...(size ? { size } : {})}
    >
      {text}
    </Highlight>
  );
}
