import type { EntityLabel } from '../../contracts/models.ts';
import { isAbbreviation } from './abbreviations.ts';
import { knownSpellings } from './known-spellings.ts';
import { looseKey } from './loose-key.ts';
import type { VocabularyFile } from './vocabulary-file.ts';

/** Another name of one that the archive holds. */
export interface Alias {
  /** The archive's name, as it is mostly written. */
  text: string;
  keys: readonly string[];
  label: EntityLabel;
  /** An ordinary word in lower case: a name only in capitals. */
  isTypedInCapitals: boolean;
  /** A surname that several persons bear: all of them are meant, and no one's full name stands for it. */
  isShared: boolean;
}
/** Names of the archive by the loose key of their other names. */
export type AliasTable = ReadonlyMap<string, readonly Alias[]>;

interface Name {
  text: string;
  keys: readonly string[];
  label: EntityLabel;
  documents: number;
}
/** A short form that stands for more names than these stands for none of them. */
const maxNamesOfAlias = 4;
const shortestInitials = 3;

/**
 * One small table from what the archive holds: known spellings of names it has, abbreviations that its texts explain,
 * abbreviations whose letters are the initials of exactly one of its organisations, and the surnames of its persons, where few
 * bear the same.
 */
export function aliasTable(names: ReadonlyMap<string, Name>, expansions: VocabularyFile['expansions']): AliasTable {
  const table = new Map<string, Map<string, Alias>>();
  const join = (typed: string, held: string, { isTypedInCapitals = false, isShared = false } = {}): void => {
    const name = names.get(held);
    if (name === undefined || typed === held || typed === '') return;
    const aliases = table.get(typed) ?? new Map<string, Alias>();
    aliases.set(held, { text: name.text, keys: name.keys, label: name.label, isTypedInCapitals, isShared });
    table.set(typed, aliases);
  };
  for (const { names: group, typedInCapitals = [] } of knownSpellings)
    for (const typed of group)
      for (const held of group)
        join(looseKey(typed), looseKey(held), { isTypedInCapitals: typedInCapitals.includes(typed) });
  for (const [short, long] of expansions) {
    join(short, long);
    join(long, short);
  }
  joinInitials(names, join);
  joinSurnames(names, join);
  return new Map(
    [...table]
      .filter(([, aliases]) => aliases.size <= maxNamesOfAlias)
      .map(([typed, aliases]) => [typed, [...aliases.values()]]),
  );
}

type Join = (typed: string, held: string, options?: { isShared: boolean }) => void;

function joinInitials(names: ReadonlyMap<string, Name>, join: Join): void {
  const byInitials = new Map<string, string[]>();
  for (const [key, { label }] of names) {
    const words = key.split(' ');
    if (label !== 'ORG' || words.length < shortestInitials) continue;
    for (const short of new Set(
      [words, words.filter((word) => word.length > 3 || word === 'sans')].map((all) =>
        all.map(([initial]) => initial).join(''),
      ),
    ))
      if (short.length >= shortestInitials) byInitials.set(short, [...(byInitials.get(short) ?? []), key]);
  }
  for (const [short, [long = '', ...others]] of byInitials) {
    const abbreviated = names.get(short);
    if (abbreviated?.label !== 'ORG' || others.length > 0 || !isAbbreviation(short, long)) continue;
    join(short, long);
    join(long, short);
  }
}

function joinSurnames(names: ReadonlyMap<string, Name>, join: Join): void {
  const bearers = new Map<string, string[]>();
  for (const [key, { label }] of names) {
    const surname = key.split(' ').at(-1);
    if (label === 'PER' && surname !== undefined && surname !== key)
      bearers.set(surname, [...(bearers.get(surname) ?? []), key]);
  }
  for (const [surname, persons] of bearers)
    for (const person of persons) join(surname, person, { isShared: persons.length > 1 });
}
