import { stemmer } from 'stemmer';
import { entityKey } from '../contracts/entity-key.ts';

/**
 * What the index's `english` analyzer makes of a text, so that a document's matches can be told without asking the
 * index again: Lucene's standard tokens, its stop words and Porter's stems. Accents are folded on top, as in names.
 * https://docs.opensearch.org/latest/analyzers/language-analyzers/english/
 */
const stopWords = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
);

/** A script without spaces is a word a character, as the standard tokenizer has it. */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}]|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}]]+(?:['’.][\p{L}\p{N}]+)*/gv;

/** The same words where no script without spaces occurs, several times as fast. */
const spacedWord = /[\p{L}\p{N}\p{M}]+(?:['’.][\p{L}\p{N}]+)*/gu;
const unspacedScript = /[\p{Script=Han}\p{Script=Hiragana}]/u;

const maxStems = 50_000;
/** Forgotten all at once when it is full: the words of a language come back soon, and a look-up costs next to nothing. */
const stems = new Map<string, string>();

const patternFor = (text: string): RegExp => (unspacedScript.test(text) ? word : spacedWord);

/** Words as they are written, in their order, stop words included. */
export const wordsOf = (text: string): string[] => text.match(patternFor(text)) ?? [];

/** The same with their places, in UTF-16 units. */
export const wordSpans = (text: string): { written: string; start: number }[] =>
  [...text.matchAll(patternFor(text))].map(({ 0: written, index }) => ({ written, start: index }));

/** The stem of one word; the empty string for a stop word. */
export function stemOf(written: string): string {
  const known = stems.get(written);
  if (known !== undefined) return known;
  const lower = written.toLowerCase().replace(/['’]s$/, '');
  const stem = stopWords.has(lower) ? '' : entityKey(stemmer(entityKey(lower)));
  if (stems.size >= maxStems) stems.clear();
  stems.set(written, stem);
  return stem;
}

/** Different stems of a text in the order of their first word, each with that word. */
export function stemsOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const written of wordsOf(text)) {
    const stem = stemOf(written);
    if (stem !== '' && !found.has(stem)) found.set(stem, written);
  }
  return found;
}
