import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { RelatedWordsTable } from '../contracts/related-words.ts';
import { ordinaryWords } from '../runtime/ordinary-words.ts';
import { stemOf } from './analysis.ts';

/** Kinds of a word's first senses bear it out: of its rarer ones they are other things. */
const sensesWithKinds = 3;
/** `vehicle`, `aircraft`, `helicopter`: further down it is breeds and models. */
const stepsDown = 2;
/** How many words' relations are kept; forgotten all at once when it is full. */
const maxKept = 5000;

/**
 * Which words say that a word's thing is there: its synonyms, its kinds and what is derived from it, by stem. And which
 * words are of places' names, whether or not the archive holds them.
 */
export class RelatedWords {
  readonly #table: RelatedWordsTable;
  readonly #stems: readonly string[];
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #stemsOfSense: number[][];
  readonly #kinds: number[][];
  readonly #names: ReadonlySet<string>;
  /** By each of a place's names all of them, and by each adjective what it is of. */
  readonly #wellKnownPlaces: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #adjectives: ReadonlyMap<string, ReadonlySet<string>>;
  /** By a city's name what else speaks of it: other names, adjectives and what lies there. */
  readonly #cities: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #namesOfCities: ReadonlySet<string>;
  readonly #kept = new Map<string, ReadonlySet<string>>();

  constructor(table: RelatedWordsTable) {
    this.#table = table;
    this.#stems = table.stems.split(' ');
    this.#placeOf = new Map(this.#stems.map((stem, place) => [stem, place]));
    this.#stemsOfSense = inverted(table.senses, table.broader.length);
    this.#kinds = inverted(table.broader, table.broader.length);
    this.#names = new Set(table.names.split(' '));
    const { places, cities, adjectives } = table.wellKnown;
    this.#wellKnownPlaces = together(
      places.map((all) => all.split(' ')).flatMap((all) => all.map((name) => [name, all])),
    );
    const adjectivesOf = adjectives.map((all) => all.split(' ')).map(([name = '', ...of]) => ({ name, of }));
    this.#adjectives = together(adjectivesOf.map(({ name, of }) => [name, of]));
    this.#cities = together([
      ...cities.map((all) => all.split(' ')).map(([name = '', ...others]) => [name, others.filter(isName)] as const),
      ...adjectivesOf.flatMap(({ name, of }) => of.map((city) => [city, [name]] as const)),
    ]);
    this.#namesOfCities = new Set(cities.map((all) => all.slice(0, `${all} `.indexOf(' '))).filter(isName));
  }

  /** Whether a word, folded as names are, is of a place's name that WordNet knows. */
  isOfName(word: string): boolean {
    return this.#names.has(word);
  }

  /**
   * Whether a word, folded as names are, is a country, a capital or a city, or an adjective of a name, and the other word
   * neither another name for the same nor what the adjective is of.
   */
  isAnotherName(word: string, other: string): boolean {
    const same = [this.#wellKnownPlaces.get(word), this.#adjectives.get(word)].filter((names) => names !== undefined);
    return same.length > 0 && !same.some((names) => names.has(other));
  }

  /** Whether it is a country, a capital or a city, and no ordinary word as well, like `nice`. */
  isWellKnownPlace(word: string): boolean {
    return this.#wellKnownPlaces.has(word) && isName(word);
  }

  /** Whether it is a city, and neither a country nor a state nor an ordinary word as well. */
  isWellKnownCity(word: string): boolean {
    return this.#namesOfCities.has(word);
  }

  /**
   * Whether a text speaks of a city without the name by which it is asked: it holds another one, an adjective of it, or
   * the name of what lies there.
   * @param held stems of the text
   */
  isSpokenOf(city: string, held: ReadonlySet<string>): boolean {
    return [...(this.#cities.get(city) ?? [])].some((name) => name.split('_').every((word) => held.has(stemOf(word))));
  }

  /** The stem itself left out; none for one that is not known. */
  of(stem: string): ReadonlySet<string> {
    const known = this.#kept.get(stem);
    if (known !== undefined) return known;
    const found = this.#find(stem);
    if (this.#kept.size >= maxKept) this.#kept.clear();
    this.#kept.set(stem, found);
    return found;
  }

  #find(stem: string): ReadonlySet<string> {
    const place = this.#placeOf.get(stem);
    if (place === undefined) return new Set();
    const own = this.#table.senses[place] ?? [];
    const senses = new Set(own);
    let level = own.slice(0, sensesWithKinds);
    for (let step = 0; step < stepsDown; step++) {
      level = level.flatMap((sense) => this.#kinds[sense] ?? []);
      for (const sense of level) senses.add(sense);
    }
    const places = new Set([...senses].flatMap((sense) => this.#stemsOfSense[sense] ?? []));
    for (const derived of this.#table.derived[place] ?? []) places.add(derived);
    places.delete(place);
    return new Set([...places].flatMap((one) => this.#stems[one] ?? []));
  }
}

const isName = (word: string): boolean => !ordinaryWords().has(word);

/** By the name everything that stands with it in any row. */
function together(rows: readonly (readonly [name: string, others: readonly string[]])[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [name, others] of rows) found.set(name, new Set([...(found.get(name) ?? []), ...others]));
  return found;
}

/** By the value the places that hold it. */
function inverted(lists: readonly (readonly number[])[], values: number): number[][] {
  const holding: number[][] = Array.from({ length: values }, () => []);
  for (const [place, list] of lists.entries()) for (const value of list) holding[value]?.push(place);
  return holding;
}

/** @throws where the file is missing or of another form */
export async function readRelatedWords(file: string): Promise<RelatedWords> {
  const text = await promisify(gunzip)(await readFile(file));
  const table = JSON.parse(text.toString('utf8')) as RelatedWordsTable;
  const { senses, derived, stems, names, wellKnown } = table;
  const isWhole = senses.length > 0 && senses.length === derived.length && stems.split(' ').length === senses.length;
  const isPlaced = wellKnown?.places.length > 0 && wellKnown.cities?.length > 0;
  if (!isWhole || !names || !isPlaced) throw new Error(`${file} is no table of related words`);
  return new RelatedWords(table);
}

/** Reads the file when it is first asked for, and again where that failed. */
export function loadedRelatedWords(file: string): () => Promise<RelatedWords> {
  let reading: Promise<RelatedWords> | undefined;
  return () => {
    reading ??= readRelatedWords(file).catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}
