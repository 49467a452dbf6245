import { entityKey } from '../contracts/entity-key.ts';
import { stemOf, wordSpans, wordsOf } from './analysis.ts';
import type { Candidate } from './candidate.ts';
import { absentCitySupport, heldSupport, impliedSupport, sameWordSupport, supportWhereNone } from './fitted.ts';
import type { QueryTerms } from './query-terms.ts';

/** A word of the query that a document may bear out or not. */
export interface AskedWord {
  /** As it was typed. */
  written: string;
  stem: string;
  /** Its rarity under the filters. */
  weight: number;
  /** Whether it is of a name: a document about another place or person is no answer, however near. */
  isName: boolean;
  /** Whether a name of several words holds it: a first name may be a city's as well. */
  isOfLongerName: boolean;
  /** Whether it is a city that everybody knows, which a document speaks of or not, however near. */
  isCity: boolean;
  /** In code points of the query, end exclusive. */
  start: number;
  end: number;
}

/** How far a document bears the query's words out; all but `words` in [-1, 1]. */
export interface Support {
  words: number;
  /** Weighed by rarity, by what the model says and what the document holds alone: it orders the answer. */
  mean: number;
  /** Weighed by rarity as well; one word that is missing pulls it down more than the mean. */
  geometricMean: number;
  /** The least of the words of names, and of all. */
  weakestName: number;
  weakest: number;
  /** Whether all that is asked is one word, of no name, that the document does not hold. */
  isOneOtherWord: boolean;
  /** Words, as they were typed, that the document does not bear out. */
  missing: string[];
}

/** The different words of a text that are no stop words, each where it comes first. */
export function askedWords(text: string, terms: QueryTerms, names: readonly string[]): AskedWord[] {
  const ofNames = new Set(names.flatMap(wordsOf).map(entityKey));
  const ofLongerNames = new Set(
    names
      .map(wordsOf)
      .filter(({ length }) => length > 1)
      .flat()
      .map(entityKey),
  );
  const found = new Map<string, AskedWord>();
  let [seenUnits, seenPoints] = [0, 0];
  for (const { written, start } of wordSpans(text)) {
    seenPoints += [...text.slice(seenUnits, start)].length;
    seenUnits = start;
    const stem = stemOf(written);
    const weight = terms.weights.get(stem);
    if (weight === undefined || found.has(stem)) continue;
    const end = seenPoints + [...written].length;
    const key = entityKey(written);
    found.set(stem, {
      written,
      stem,
      weight,
      isName: ofNames.has(key),
      isOfLongerName: ofLongerNames.has(key),
      isCity: false,
      start: seenPoints,
      end,
    });
  }
  return [...found.values()];
}

/**
 * What the reranker says of each word, and what the document holds word for word, which is support enough. Whether there
 * is an answer, words that imply the asked one count as well: `downpour` for `rain`. They tell nothing of the order, and
 * nothing of names but cities, which only a document that speaks of them bears out.
 * @param given one a word, in [-1, 1]; null for a word that was not read
 * @param isImplied whether the document says the same in another word
 * @returns undefined where no word is left to go by
 */
export function supportOf(
  { held, words: matched }: Pick<Candidate, 'held' | 'words'>,
  words: readonly AskedWord[],
  given: readonly (number | null)[],
  isImplied: (word: AskedWord) => boolean = () => false,
): Support | undefined {
  const forms = Object.values(matched).flat();
  const read = words.flatMap((word, position) => {
    const told = given[position] ?? undefined;
    const isHeld = held.has(word.stem) && !isOtherWord(word, forms, told);
    if (!isHeld && told === undefined) return [];
    const said = Math.max(isHeld ? heldSupport : -1, told ?? -1);
    const isMeant = (!word.isName || word.isCity) && said < impliedSupport && isImplied(word);
    const borne = word.isCity && !isHeld ? Math.min(said, absentCitySupport) : said;
    return [{ ...word, isHeld, said, support: isMeant ? impliedSupport : borne }];
  });
  const mean = averaged(read, ({ said }) => said);
  if (mean === undefined) return undefined;
  const ofThings = read.filter(({ written, isName }) => isName || !mediumWords.has(written.toLowerCase()));
  const weakestName = least(ofThings.filter(({ isName }) => isName));
  const weakestOther = least(ofThings.filter(({ isName }) => !isName));
  const logarithm = averaged(ofThings, ({ support }) => Math.log(Math.max(support, leastSupport)));
  return {
    words: ofThings.length,
    mean,
    geometricMean: logarithm === undefined ? supportWhereNone : Math.exp(logarithm),
    weakestName,
    weakest: Math.min(weakestName, weakestOther),
    isOneOtherWord: ofThings.length === 1 && ofThings.every(({ isName, isHeld }) => !isName && !isHeld),
    missing: ofThings.filter(({ support }) => support < borneOut).map(({ written }) => written),
  };
}

/** Whether the document has the word's stem of another word alone, which the model has read and does not take for it. */
function isOtherWord({ written, stem }: AskedWord, forms: readonly string[], told: number | undefined): boolean {
  if (told === undefined || told >= sameWordSupport) return false;
  const ofStem = forms.filter((form) => stemOf(form) === stem);
  return ofStem.length > 0 && ofStem.every((form) => entityKey(form) !== entityKey(written));
}

/** By rarity; undefined where there is nothing to weigh. */
function averaged<Word extends AskedWord>(words: readonly Word[], value: (word: Word) => number): number | undefined {
  const weight = words.reduce((sum, one) => sum + one.weight, 0);
  return weight === 0 ? undefined : words.reduce((sum, one) => sum + one.weight * value(one), 0) / weight;
}

const least = (words: readonly { support: number }[]): number =>
  words.length === 0 ? supportWhereNone : Math.min(...words.map(({ support }) => support));

/** They say of what kind the hit is, not what it is of, wherever in a query they stand: `umbrella shot`. */
const mediumWords: ReadonlySet<string> = new Set(
  'shot shots photo photos picture pictures image images footage video videos clip clips view views scene scenes aerial'.split(
    ' ',
  ),
);

/** From here on a reader would agree that the document speaks of the word. */
const borneOut = 0.5;

/** Below it a word is as good as absent; keeps the logarithm finite. */
const leastSupport = 0.1;
