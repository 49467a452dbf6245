import SearchableMap from 'minisearch/SearchableMap';
import type { EntityLabel } from '../../contracts/models.ts';
import { type AliasTable, aliasTable } from './aliases.ts';
import { looseKey } from './loose-key.ts';
import type { VocabularyFile } from './vocabulary-file.ts';

/** One name under its loose key: what the index knows it by, each label and spelling of its own. */
export interface ArchiveName {
  text: string;
  /** Keys of the index that fall together here, the most frequent first. */
  keys: string[];
  /** What it mostly is. */
  label: EntityLabel;
  documents: number;
}
export interface WordCount {
  documents: number;
  /** Documents that write it in lower case. */
  lower: number;
}

/** The archive's names by their words, and its words in a radix tree, which answers misspellings as well. */
export interface Vocabulary {
  documents: number;
  /** By loose key. */
  names: ReadonlyMap<string, ArchiveName>;
  /** The most words that a name has. */
  longestName: number;
  /** By folded word. */
  words: SearchableMap<WordCount>;
  /** Words by their sorted letters, for letters that changed places. */
  anagrams: ReadonlyMap<string, readonly string[]>;
  aliases: AliasTable;
}

const mostNameWords = 6;

export function vocabularyOf({
  documents,
  names,
  words,
  expansions,
}: Omit<VocabularyFile, 'version' | 'upTo' | 'countedAfreshAt'>): Vocabulary {
  const byLooseKey = new Map<string, ArchiveName & { most: number }>();
  let longestName = 1;
  for (const [text, key, label, count] of names) {
    const loose = looseKey(key);
    const length = loose.split(' ').length;
    if (loose === '' || length > mostNameWords) continue;
    longestName = Math.max(longestName, length);
    const known = byLooseKey.get(loose);
    if (known === undefined) byLooseKey.set(loose, { text, keys: [key], label, documents: count, most: count });
    else {
      if (!known.keys.includes(key)) known.keys.push(key);
      known.documents += count;
      if (count > known.most) Object.assign(known, { text, label, most: count });
    }
  }
  const counts = new Map(words.map(([word, all, lower]) => [word, { documents: all, lower }]));
  return {
    documents,
    names: byLooseKey,
    longestName,
    words: SearchableMap.from([...counts]),
    anagrams: Map.groupBy(counts.keys(), sortedLetters),
    aliases: aliasTable(byLooseKey, expansions),
  };
}

export const sortedLetters = (word: string): string => [...word].sort().join('');

export const emptyVocabulary = (): Vocabulary => vocabularyOf({ documents: 0, names: [], words: [], expansions: [] });
