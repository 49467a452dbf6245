import { stemmer } from 'stemmer';
import { entityKey } from '../../../lambdas/contracts/entity-key.ts';

const word = /[\p{L}\p{N}\p{M}]+/gu;
const notWorthMarking = new Set('the and for with from that this are was has in of at on a an to by'.split(' '));

/** Scripts that put no space between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const unspacedRun = new RegExp(`(?:${unspaced.source}|[\\p{M}ー])+`, 'gu');
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Whether a text is of a script whose words have no spaces around them, and so none to be kept whole by. */
export const isUnspaced = (text: string): boolean => unspaced.test(text);

const wordsOf = (text: string): string[] => text.toLowerCase().match(word) ?? [];
const formOf = (written: string): string => entityKey(stemmer(written));

/** Of a query's unspaced runs the words that stand in the text; single characters only where nothing longer does. */
function unspacedWords(text: string, query: string): string[] {
  const asked = (query.match(unspacedRun) ?? []).flatMap((run) =>
    [...words.segment(run)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment),
  );
  const found = [...new Set(asked)].filter((one) => text.includes(one));
  const longer = found.filter((one) => one.length > 1);
  return longer.length > 0 ? longer : found;
}

/**
 * The words of a text that a query's words match, as they stand there and in whatever form ("trains" for "train", by
 * Porter's stems as in the index, accents aside). A part of a word is none of them: "night" does not match "midnight".
 * Where words have no spaces between them a part of the text is all that a word can be.
 * @param matched the words that the index says it matched; without them the query's own are looked for.
 */
export function markedWords(text: string, query: string, matched: readonly string[] = []): string[] {
  const ofIndex = matched.filter((one) => one.length > 1 && !isUnspaced(one));
  const asked = new Set(
    wordsOf(query)
      .filter((one) => one.length > 1 && !isUnspaced(one) && !notWorthMarking.has(one))
      .map(formOf),
  );
  const spaced =
    matched.length > 0 ? ofIndex : [...new Set(wordsOf(text))].filter((written) => asked.has(formOf(written)));
  return [...spaced, ...unspacedWords(text, query)];
}
