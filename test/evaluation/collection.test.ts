import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../setup/places.ts';

type Half = 'tuning' | 'reporting';

interface NewsDocument {
  readonly _id: string;
  readonly title: string;
  readonly text: string;
  readonly metadata: {
    readonly kind: 'photo' | 'shot' | 'passage';
    readonly asset: string;
    readonly desk: string;
    readonly createdAt: string;
    readonly place: string;
    readonly people: readonly string[];
    readonly keywords: readonly string[];
    readonly language: string;
    readonly nearDuplicateOf?: string;
  };
}

interface Query {
  readonly _id: string;
  readonly text: string;
  readonly metadata: { readonly class: string; readonly half: Half; readonly now?: string };
}

const folder = path.join(root, 'evaluation/newsroom');
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
const rowsOf = <Row>(name: string): Row[] =>
  read(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

const documents = rowsOf<NewsDocument>('corpus.jsonl');
const queries = rowsOf<Query>('queries.jsonl');
const [header, ...lines] = read('qrels/test.tsv').trimEnd().split('\n');
const judgements = lines.map((line) => {
  const [query = '', document = '', score = ''] = line.split('\t');
  return { query, document, score: Number(score) };
});

const documentOf = new Map(documents.map((document) => [document._id, document]));
const queryOf = new Map(queries.map((query) => [query._id, query]));
const gradesOf = (query: string): Map<string, number> =>
  new Map(judgements.filter((judgement) => judgement.query === query).map(({ document, score }) => [document, score]));
const repeated = (values: readonly string[]): string[] =>
  values.filter((value, index) => values.indexOf(value) !== index);
const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

const leastQueries: Record<string, number> = {
  person: 14,
  place: 14,
  organisation: 14,
  event: 14,
  'name-and-mood': 14,
  visual: 14,
  'date-bound': 14,
  misspelt: 14,
  phrase: 14,
  alias: 14,
  'exclusion-type': 14,
  kind: 28,
  'no-answer': 25,
};

describe('the documents of the newsroom collection', () => {
  it('have ids of their own and texts of their own', () => {
    expect(repeated(documents.map(({ _id }) => _id))).toEqual([]);
    expect(repeated(documents.map(({ text }) => text))).toEqual([]);
  });

  it('are enough of each kind', () => {
    const count = (kind: string): number => documents.filter(({ metadata }) => metadata.kind === kind).length;
    expect(documents.length).toBeGreaterThanOrEqual(420);
    expect(count('photo')).toBeGreaterThanOrEqual(170);
    expect(count('shot')).toBeGreaterThanOrEqual(130);
    expect(count('passage')).toBeGreaterThanOrEqual(120);
  });

  it('say what an archive knows of them', () => {
    for (const { _id, title, text, metadata } of documents) {
      expect(['photo', 'shot', 'passage'], _id).toContain(metadata.kind);
      for (const value of [title, text, metadata.asset, metadata.desk, metadata.place])
        expect(value.trim(), _id).toMatch(/^\S/);
      expect(isDay(metadata.createdAt), _id).toBe(true);
      expect(metadata.keywords.length, _id).toBeGreaterThan(0);
      expect(repeated(metadata.people), _id).toEqual([]);
      expect(metadata.language).toBe('en');
    }
  });

  it('are spread over the years from 2019 to 2026', () => {
    const years = new Set(documents.map(({ metadata }) => metadata.createdAt.slice(0, 4)));
    expect([...years].sort()).toEqual(['2019', '2020', '2021', '2022', '2023', '2024', '2025', '2026']);
  });

  it('share title and day with the other parts of their video or story', () => {
    for (const document of documents) {
      const first = documents.find(({ metadata }) => metadata.asset === document.metadata.asset);
      expect(document.title, document._id).toBe(first?.title);
      expect(document.metadata.createdAt, document._id).toBe(first?.metadata.createdAt);
    }
  });

  it('name the photograph that a near-duplicate repeats', () => {
    const seconds = documents.filter(({ metadata }) => metadata.nearDuplicateOf !== undefined);
    expect(seconds.length).toBeGreaterThanOrEqual(12);
    for (const { _id, metadata } of seconds) {
      const original = documentOf.get(metadata.nearDuplicateOf ?? '');
      expect(original?.metadata.kind, _id).toBe('photo');
      expect(original?.metadata.nearDuplicateOf, _id).toBeUndefined();
      expect(original?.metadata.people, _id).toEqual(metadata.people);
    }
  });
});

/** Written later, for the tuning half alone, beside those of `kind` and most of `no-answer`. */
const addedToTuneBy: Readonly<Record<string, number>> = { 'name-and-mood': 62 };

describe('the queries of the newsroom collection', () => {
  it('have ids of their own and texts of their own', () => {
    expect(repeated(queries.map(({ _id }) => _id))).toEqual([]);
    expect(repeated(queries.map(({ text }) => text.toLowerCase()))).toEqual([]);
  });

  it('are enough in every class', () => {
    expect([...new Set(queries.map(({ metadata }) => metadata.class))].sort()).toEqual(
      Object.keys(leastQueries).sort(),
    );
    for (const [name, least] of Object.entries(leastQueries))
      expect(queries.filter(({ metadata }) => metadata.class === name).length, name).toBeGreaterThanOrEqual(least);
  });

  it('lie in both halves alike, class by class, but for queries that were added to tune by', () => {
    const ofKind = queries.filter(({ metadata }) => metadata.class === 'kind');
    expect(ofKind.filter(({ metadata }) => metadata.half === 'reporting')).toEqual([]);
    const noAnswer = queries.filter(({ metadata }) => metadata.class === 'no-answer');
    expect(noAnswer.filter(({ metadata }) => metadata.half === 'reporting')).toHaveLength(14);
    for (const name of Object.keys(leastQueries).filter((one) => one !== 'no-answer' && one !== 'kind')) {
      const halves = queries.filter(({ metadata }) => metadata.class === name).map(({ metadata }) => metadata.half);
      const tuning = halves.filter((half) => half === 'tuning').length;
      const reporting = halves.filter((half) => half === 'reporting').length;
      expect(tuning + reporting, name).toBe(halves.length);
      expect(Math.abs(tuning - (addedToTuneBy[name] ?? 0) - reporting), name).toBeLessThanOrEqual(1);
    }
  });

  it('carry a day to count from wherever their date is relative', () => {
    const relative = queries.filter(({ text }) =>
      /\b(yesterday|last (week|winter|month|year)|this month)\b/.test(text),
    );
    expect(relative.length).toBeGreaterThanOrEqual(4);
    expect(queries.filter(({ metadata }) => metadata.now !== undefined)).toEqual(relative);
    for (const { metadata } of relative) expect(isDay(metadata.now ?? '')).toBe(true);
  });
});

describe('the judgements of the newsroom collection', () => {
  it('have the header and the grades of BEIR qrels', () => {
    expect(header).toBe('query-id\tcorpus-id\tscore');
    expect(judgements.filter(({ score }) => ![1, 2, 3].includes(score))).toEqual([]);
  });

  it('name only queries and documents that exist, each pair once', () => {
    expect(judgements.filter(({ query }) => !queryOf.has(query))).toEqual([]);
    expect(judgements.filter(({ document }) => !documentOf.has(document))).toEqual([]);
    expect(repeated(lines.map((line) => line.split('\t').slice(0, 2).join(' ')))).toEqual([]);
  });

  it('give every query something that was exactly asked for, and those without an answer nothing', () => {
    for (const { _id, metadata } of queries) {
      const grades = [...gradesOf(_id).values()];
      if (metadata.class === 'no-answer') expect(grades, _id).toEqual([]);
      else expect(grades, _id).toContain(3);
    }
  });

  it('give near-duplicates the grade of their original', () => {
    for (const { _id } of queries) {
      const grades = gradesOf(_id);
      for (const document of documents) {
        const original = document.metadata.nearDuplicateOf;
        if (original !== undefined)
          expect(grades.get(document._id), `${_id} ${document._id}`).toBe(grades.get(original));
      }
    }
  });

  it('keep to the kind that a query asks for', () => {
    const kinds: readonly [RegExp, string][] = [
      [/^(photo|picture) of /, 'photo'],
      [/^(video|footage|clip) of /, 'shot'],
      [/^story about /, 'passage'],
    ];
    for (const { _id, text } of queries)
      for (const [asked, kind] of kinds)
        if (asked.test(text))
          for (const document of gradesOf(_id).keys())
            expect(documentOf.get(document)?.metadata.kind, `${text}: ${document}`).toBe(kind);
  });

  it('find a quoted phrase in every document that is exactly what was asked', () => {
    for (const { _id, text, metadata } of queries) {
      const phrase = metadata.class === 'phrase' ? (/"(.+)"/.exec(text)?.[1] ?? '') : '';
      const exact = [...gradesOf(_id)].filter(([, grade]) => grade === 3).map(([document]) => document);
      for (const id of phrase === '' ? [] : exact) {
        const { title = '', text: body = '' } = documentOf.get(id) ?? {};
        expect(`${title}. ${body}`.toLowerCase(), `${text}: ${id}`).toContain(phrase.toLowerCase());
      }
    }
  });
});
