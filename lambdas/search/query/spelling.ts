import { entityKey } from '../../contracts/entity-key.ts';
import { ordinaryWords } from '../../runtime/ordinary-words.ts';
import { stemOf } from '../analysis.ts';
import type { Correction, Draft } from './draft.ts';
import { type Word, wordsIn } from './names.ts';
import { sortedLetters, type Vocabulary } from './vocabulary.ts';

/** A shorter word that nobody knows is corrected to a name only: `greek` and `nobel` are no `green` and no `novel`. */
const shortestCommonWord = 6;
const shortestWord = 4;
/** Of a query that is pasted prose nothing is corrected. */
const maxWordsOfQuery = 24;
const maxCorrections = 4;

/**
 * Corrects words that neither the archive nor English knows to the archive's nearest: its names first, then its words,
 * the more frequent of equally near ones. What stands in quotation marks stays as it is.
 */
export function readSpelling(draft: Draft, vocabulary: Vocabulary): void {
  if (!draft.isOn('spelling') || vocabulary.documents === 0) return;
  const words = wordsIn(draft.open);
  if (words.length > maxWordsOfQuery) return;
  let corrections = 0;
  for (const [at, word] of words.entries()) {
    if (corrections >= maxCorrections) return;
    if (!isUnknown(word, vocabulary)) continue;
    const before = words[at - 1];
    const beside = [
      before === undefined ? undefined : (draft.correctionOf(before) ?? before.loose),
      words[at + 1]?.loose,
    ];
    const corrected = nearestWord(word.loose, beside, vocabulary);
    if (corrected === undefined) continue;
    const { start, end, loose } = word;
    if (!draft.offer('spelling', loose, word, `spelt ${corrected.word}`)) continue;
    const { word: correct, isName, isOfPerson, isFar } = corrected;
    draft.correct({ start, end, word: loose, with: correct, isToName: isName, isOfPerson, isFar });
    corrections += 1;
  }
}

function isUnknown({ typed, loose }: Word, { words, names }: Vocabulary): boolean {
  if (loose.length < shortestWord || !/^[\p{L}\p{M}]+$/u.test(loose)) return false;
  if (typed === typed.toUpperCase() && typed !== typed.toLowerCase()) return false;
  const folded = entityKey(typed);
  if (words.has(folded) || names.has(loose) || ordinaryWords().has(folded)) return false;
  const stem = stemOf(folded);
  for (const word of words.atPrefix(stem.slice(0, -1) || stem).keys()) if (stemOf(word) === stem) return false;
  return true;
}

/** Typing errors that are forgiven by the length of the word. */
const allowance = (length: number): number => (length < 6 ? 1 : 2);

type Corrected = Pick<Correction, 'isOfPerson' | 'isFar'> & { word: string; isName: boolean };

/** @param beside the words before and after, as far as there are any. */
function nearestWord(
  word: string,
  [before, after]: readonly (string | undefined)[],
  { words, names, anagrams }: Vocabulary,
): Corrected | undefined {
  const most = allowance(word.length);
  const candidates = new Set(anagrams.get(sortedLetters(word)) ?? []);
  // Hardly anybody mistypes a word's first letter, and a twentieth of the tree is searched.
  const first = word.slice(0, 1);
  for (const [rest] of words.atPrefix(first).fuzzyGet(word.slice(1), most)) candidates.add(`${first}${rest}`);
  let best: (Corrected & { rank: number }) | undefined;
  for (const candidate of candidates) {
    if (candidate.length < shortestWord - 1 || /\P{L}/u.test(candidate)) continue;
    const distance = typingErrors(word, candidate);
    if (distance > most) continue;
    const { documents = 0, lower = 0 } = words.get(candidate) ?? {};
    const ofBoth = [
      ...(before === undefined ? [] : [names.get(`${before} ${candidate}`)]),
      ...(after === undefined ? [] : [names.get(`${candidate} ${after}`)]),
    ].filter((name) => name !== undefined);
    const isNamed = names.has(candidate) || ofBoth.length > 0;
    const isOfPerson = ofBoth.some(({ label }) => label === 'PER');
    const isName = isNamed || lower === 0;
    if (!isName && word.length < shortestCommonWord) continue;
    // One error less outweighs everything, then a name, then how often it occurs.
    const rank = -10 * distance + (isNamed ? 4 : isName ? 2 : 0) + Math.min(Math.log10(1 + documents), 3);
    const isFar = distance > 1 && ofBoth.length === 0;
    if (best === undefined || rank > best.rank) best = { word: candidate, isName, isOfPerson, isFar, rank };
  }
  return best;
}

/** Optimal string alignment: insertions, deletions, substitutions and neighbours that changed places, each one error. */
export function typingErrors(one: string, other: string): number {
  const rows = Array.from({ length: one.length + 1 }, (_, row) => [row, ...new Array<number>(other.length).fill(0)]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let column = 1; column <= other.length; column++) (rows[0] as number[])[column] = column;
  for (let row = 1; row <= one.length; row++)
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      let least = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        least = Math.min(least, at(row - 2, column - 2) + 1);
      (rows[row] as number[])[column] = least;
    }
  return at(one.length, other.length);
}
