import type { EntityLabel } from '../../contracts/models.ts';
import { ordinaryWords } from '../../runtime/ordinary-words.ts';

/** How often each writing of one name occurs. */
export type Writings = ReadonlyMap<string, number>;

/** `USA`, `UAE`; a place or person of more letters is a dateline's or a headline's. */
const longestInitials = 3;
/** In a name of several words, like `BBC NEWS`. */
const longestAbbreviation = 4;
const smallWords = new Set('of the and for de del des di du la le los las el van von der den und al bin'.split(' '));

/**
 * The writing that a reader is shown: the most frequent one, but datelines and headlines write in capitals what is
 * no abbreviation, which another writing outweighs however rare it is; where there is none, it is written as names are.
 */
export function shownWriting(writings: Writings, label: EntityLabel): string {
  const byCount = [...writings].toSorted(([, a], [, b]) => b - a).map(([text]) => text);
  const own = byCount.find((text) => unshouted(text, label) === text);
  return own ?? unshouted(byCount[0] ?? '', label);
}

/** A name in capitals as names are written; any other, and abbreviations, as they are. */
function unshouted(name: string, label: EntityLabel): string {
  if (name !== name.toUpperCase() || name === name.toLowerCase()) return name;
  const words = name.match(/\S+/g) ?? [];
  return name.replace(/\S+/g, (word, at: number) => {
    if (isAbbreviation(word, label, words.length === 1)) return word;
    const lower = word.toLowerCase();
    return at > 0 && smallWords.has(lower) ? lower : lower.replace(/\p{L}[\p{L}\p{M}]*/gu, capitalised);
  });
}

function isAbbreviation(word: string, label: EntityLabel, isAlone: boolean): boolean {
  if (/\p{N}|\p{L}\.\p{L}|^[IVX]+$/u.test(word)) return true;
  const isOfPlaceOrPerson = label === 'LOC' || label === 'PER';
  if (isAlone) return !isOfPlaceOrPerson || word.length <= longestInitials;
  return !isOfPlaceOrPerson && word.length <= longestAbbreviation && !ordinaryWords().has(word.toLowerCase());
}

const capitalised = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
