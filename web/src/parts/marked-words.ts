import { stemmer } from 'stemmer';

const word = /[\p{L}\p{N}\p{M}]+/gu;
const notWorthMarking = new Set('the and for with from that this are was has in of at on a an to by'.split(' '));

const wordsOf = (text: string): string[] => text.toLowerCase().match(word) ?? [];

/**
 * The words of a text that a query's words match, as they stand there and in whatever form ("trains" for "train", by
 * Porter's stems as in the index). A part of a word is none of them: "night" does not match "midnight".
 */
export function markedWords(text: string, query: string): string[] {
  const asked = new Set(
    wordsOf(query)
      .filter((asked) => asked.length > 1 && !notWorthMarking.has(asked))
      .map(stemmer),
  );
  return [...new Set(wordsOf(text))].filter((written) => asked.has(stemmer(written)));
}
