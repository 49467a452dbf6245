import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../setup/places.ts';

interface Labelled {
  readonly text: string;
  readonly entities: readonly { readonly start: number; readonly end: number; readonly label: string }[];
  readonly half: string;
}

const linesOf = (file: string): string[] => readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n');
const read = (name: string): Labelled[] =>
  linesOf(`evaluation/ner/${name}.jsonl`).map((line) => JSON.parse(line) as Labelled);

const sentences = read('sentences');
const queries = read('queries');
const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const key = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim();

describe.each([
  ['sentences', sentences, 310, 20],
  ['queries', queries, 210, 60],
] as const)('the labelled %s', (_, texts, least, leastNameless) => {
  it('are enough, with enough that hold no name', () => {
    expect(texts.length).toBeGreaterThanOrEqual(least);
    expect(texts.filter(({ entities }) => entities.length === 0).length).toBeGreaterThanOrEqual(leastNameless);
  });

  it('use the four labels, each in both halves', () => {
    for (const half of ['tuning', 'reporting']) {
      const labels = texts.filter((text) => text.half === half).flatMap(({ entities }) => entities);
      expect([...new Set(labels.map(({ label }) => label))].sort()).toEqual(['LOC', 'MISC', 'ORG', 'PER']);
    }
  });

  it('put spans on whole words, in order and apart', () => {
    for (const { text, entities } of texts) {
      const points = [...text];
      let before = 0;
      for (const { start, end } of entities) {
        const shown = `${text} [${start}, ${end}]`;
        expect(start, shown).toBeGreaterThanOrEqual(before);
        expect(end, shown).toBeGreaterThan(start);
        expect(end, shown).toBeLessThanOrEqual(points.length);
        expect(
          isWord(points[start]) && isWord(points[end - 1] === '.' ? points[end - 2] : points[end - 1]),
          shown,
        ).toBe(true);
        expect(isWord(points[start - 1]) || isWord(points[end]), shown).toBe(false);
        before = end;
      }
    }
  });

  it('lie in both halves alike, with and without names', () => {
    for (const nameless of [true, false]) {
      const group = texts.filter(({ entities }) => (entities.length === 0) === nameless);
      const tuning = group.filter(({ half }) => half === 'tuning').length;
      const reporting = group.filter(({ half }) => half === 'reporting').length;
      expect(tuning + reporting).toBe(group.length);
      expect(Math.abs(tuning - reporting)).toBeLessThanOrEqual(1);
    }
  });

  it('occur once, so that no text of one half is in the other', () => {
    expect(new Set(texts.map(({ text }) => key(text))).size).toBe(texts.length);
  });

  it('are none of the texts that the student was tuned or reported on before', () => {
    const known = ['queries', 'queries-tuning']
      .flatMap((name) => linesOf(`model-packaging/training/${name}.jsonl`))
      .map((line) => key((JSON.parse(line) as { text: string }).text));
    expect(known.length).toBeGreaterThan(200);
    expect(texts.filter(({ text }) => known.includes(key(text)))).toEqual([]);
  });
});

it('no labelled sentence is a labelled query', () => {
  const asked = new Set(queries.map(({ text }) => key(text)));
  expect(sentences.filter(({ text }) => asked.has(key(text)))).toEqual([]);
});
