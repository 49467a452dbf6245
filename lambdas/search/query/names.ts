import type { QueryEntity } from '../../contracts/search.ts';
import type { Draft, Span } from './draft.ts';
import { looseKey } from './loose-key.ts';
import type { ArchiveName, Vocabulary } from './vocabulary.ts';

/** A word of the query where it stands, as names are compared. */
export interface Word extends Span {
  typed: string;
  loose: string;
}
export interface FoundName extends Span {
  entities: QueryEntity[];
  /** Other names for the same, in words, as BM25 is to try them too. */
  others: string[];
}

const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}\p{M}’'.&]*/gu;

export const wordsIn = (text: string): Word[] =>
  [...text.matchAll(wordPattern)].map((match) => {
    const typed = match[0].replace(/[’'.&]+$/, '');
    return { start: match.index, end: match.index + typed.length, typed, loose: looseKey(typed) };
  });

/**
 * Finds the archive's names among the words, the longest at each place, and what else they are called. A name that the
 * archive knows is found however it is typed; a common word only in capitals, or where the archive has it mostly as a name.
 */
export function readNames(draft: Draft, vocabulary: Vocabulary): FoundName[] {
  const words = wordsIn(draft.words).map((word) => {
    const corrected = draft.correctionOf(word);
    return corrected === undefined ? word : { ...word, loose: looseKey(corrected) };
  });
  const hasCases = /\p{Ll}/u.test(draft.words);
  const found: FoundName[] = [];
  for (let at = 0; at < words.length; ) {
    const name = nameAt(words, at, draft, vocabulary, hasCases);
    if (name !== undefined) found.push(name.found);
    at += name?.length ?? 1;
  }
  return found;
}

/** Closes names with figures in them, like `World Cup 2022`, to the readers of dates. */
export function closeNumberedNames(draft: Draft, { names, longestName }: Vocabulary): void {
  const words = wordsIn(draft.open);
  for (const [at, word] of words.entries()) {
    if (!/\d/.test(word.loose)) continue;
    for (let length = Math.min(longestName, at + 1); length > 1; length--) {
      const run = words.slice(at + 1 - length, at + 1);
      const span = { start: run[0]?.start ?? 0, end: word.end };
      if (names.has(run.map(({ loose }) => loose).join(' '))) draft.close(span);
    }
  }
}

function nameAt(
  words: readonly Word[],
  at: number,
  draft: Draft,
  vocabulary: Vocabulary,
  hasCases: boolean,
): { found: FoundName; length: number } | undefined {
  for (let length = Math.min(vocabulary.longestName, words.length - at); length > 0; length--) {
    const run = words.slice(at, at + length);
    const found = foundName(run, draft, vocabulary, hasCases);
    if (found !== undefined) return { found, length };
  }
  return undefined;
}

function foundName(
  run: readonly Word[],
  draft: Draft,
  vocabulary: Vocabulary,
  hasCases: boolean,
): FoundName | undefined {
  const key = run.map(({ loose }) => loose).join(' ');
  const span = { start: run[0]?.start ?? 0, end: run.at(-1)?.end ?? 0 };
  // A comma or a quotation mark between two words keeps them apart.
  if (!/^[\p{L}\p{N}\p{M}’'.&\s–-]*$/u.test(draft.text.slice(span.start, span.end))) return undefined;
  const isCapital = hasCases && run.every(({ typed }) => /^\p{Lu}/u.test(typed));
  const isUpper = hasCases && run.every(({ typed }) => typed.length > 1 && typed === typed.toUpperCase());
  if (run.length === 1 && isPronoun(key) && !isUpper && speech.test(draft.text)) return undefined;
  const name = vocabulary.names.get(key);
  const isName = draft.isOn('entity') && name !== undefined && (isCapital || isMostlyName(run, name, vocabulary));
  const entities: QueryEntity[] = [];
  if (isName && draft.offer('entity', `${name.label}:${key}`, span, `the ${labelNames[name.label]} ${name.text}`))
    for (const known of name.keys)
      entities.push({ text: name.text, label: name.label, key: known, source: 'dictionary' });
  const others: string[] = [];
  const aliases = (vocabulary.aliases.get(key) ?? []).filter(({ isTypedInCapitals }) => !isTypedInCapitals || isUpper);
  if (aliases.length > 0 && draft.isOn('alias') && (isName || isCapital || isAliasMeant(run, vocabulary))) {
    const texts = aliases.map(({ text }) => text);
    if (draft.offer('alias', key, span, `also ${texts.join(', ')}`))
      for (const { text, keys, label, isShared } of aliases) {
        if (!isShared) others.push(text);
        for (const known of keys) entities.push({ text, label, key: known, source: 'alias' });
      }
  }
  return entities.length === 0 ? undefined : { ...span, entities: unique(entities), others };
}

const unique = (entities: readonly QueryEntity[]): QueryEntity[] => [
  ...new Map(entities.map((entity) => [entity.key, entity])).values(),
];

/** Whether the archive has these words more as a name than as words in lower case. */
export function isMostlyName(run: readonly Word[], { documents }: ArchiveName, { words }: Vocabulary): boolean {
  return run.some(({ loose }) => (words.get(loose)?.lower ?? 0) < documents);
}

/** After `us` and `who` a question or a sentence goes on; a name is followed by nouns. */
const speech =
  /\b(?:(?:let|give|tell|of|for|with|show|to)\s+us|who(?:'s|\s+(?:is|are|was|were|did|do|does|had|has|have|will|would|can|could|won|wins|said)))\b/i;

const isPronoun = (key: string): boolean => key === 'us' || key === 'who';

/** A surname that is mostly a word, like rose or field, is one only in capitals. */
const isAliasMeant = (run: readonly Word[], { words }: Vocabulary): boolean =>
  run.every(({ loose }) => {
    const { documents, lower } = words.get(loose) ?? { documents: 0, lower: 0 };
    return isPronoun(loose) || lower * 2 <= documents;
  });

export const labelNames = { PER: 'person', ORG: 'organisation', LOC: 'place', MISC: 'name' } as const;
