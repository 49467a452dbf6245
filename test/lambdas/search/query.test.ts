import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundDocument } from '../../../lambdas/clients/vector-index.ts';
import { wordsOf } from '../../../lambdas/search/analysis.ts';
import { filtersOf } from '../../../lambdas/search/filters.ts';
import { boundedTexts, lexicalQuery, nameKeys } from '../../../lambdas/search/lexical-query.ts';
import { parseQuery } from '../../../lambdas/search/parse-query.ts';
import { newestCopies } from '../../../lambdas/search/retrieve.ts';
import { modelEntities } from '../../../lambdas/search/understand.ts';
import { storedDocument } from './candidates.ts';

describe('parsing a query', () => {
  it('has defaults for everything, and takes an empty parameter for one that is not there', () => {
    expect(parseQuery(undefined)).toEqual({ q: '', fusion: 'convex', page: 1, size: 20 });
    expect(parseQuery({ q: '', desk: '', page: '2' })).toEqual({ q: '', fusion: 'convex', page: 2, size: 20 });
  });

  it('takes whatever an editor types as text without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (q) => {
        const text = parseQuery({ q }).q;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(text).not.toMatch(/[\u0000-\u001f\u007f]/);
        expect(text).toBe(text.trim());
      }),
    );
    expect(parseQuery({ q: 'flood\u0000\n in\tparis ' }).q).toBe('flood in paris');
  });

  it.each([
    [{ q: 'x'.repeat(513) }, /512 characters/],
    [{ page: '0' }, /page/],
    [{ size: '1000' }, /size/],
    [{ type: 'podcast' }, /type/],
    [{ from: 'yesterday' }, /from/],
    [{ entity: 'Merkel' }, /LABEL:name/],
    [{ entity: Array.from({ length: 10_000 }, (_, at) => `PER:p${at}`).join(',') }, /at most 20/],
    [{ off: 'gravity' }, /off/],
    [{ off: 'lexical,vector' }, /nothing is left/],
    [{ fusion: 'cold' }, /fusion/],
    [{ from: '2026-05-02', to: '2026-05-01' }, /lies after/],
    [{ q: 'boats', similar: 'x' }, /not by both/],
    [{ cursor: 'bm90IGEgY3Vyc29y' }, /cursor/],
  ])('refuses %j with a sentence', (parameters, message) => {
    expect(() => parseQuery(parameters)).toThrow(message);
  });
});

describe('the lexical query', () => {
  it('carries hostile text as a value, never as syntax', () => {
    const hostile = 'title:* OR _exists_:withheld /.*/ "unclosed {"match_all":{}}';
    const body = JSON.stringify(lexicalQuery(hostile, [], {}));
    expect(body).not.toContain('query_string');
    expect(JSON.parse(body).bool.should[0].multi_match.query).toBe(hostile);
  });

  it('knows names by their folded keys under every label, in runs of up to four words', () => {
    const keys = nameKeys('mayor Anne Hidalgo', []);
    expect(keys).toContain('anne hidalgo');
    expect(nameKeys('Valparaíso', [])).toEqual(['valparaiso']);
    expect(JSON.stringify(lexicalQuery('Lima', ['lima'], {}))).toContain(
      '"PER:lima","ORG:lima","LOC:lima","MISC:lima"',
    );
  });

  it('asks for no more words than the index takes in one query, whatever the query and its variants are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '東', ' ', '.'), maxLength: 512 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (texts) => {
        const bounded = boundedTexts(texts);
        expect(bounded.flatMap(wordsOf).length).toBeLessThanOrEqual(56);
        expect(bounded.length).toBeGreaterThan(0);
      }),
    );
    expect(boundedTexts(['kiev power', 'kyiv power'])).toEqual(['kiev power', 'kyiv power']);
  });

  it('stays small however long the query is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 512 }), (text) => {
        expect(nameKeys(text, []).length).toBeLessThanOrEqual(24 * 4);
      }),
    );
  });
});

describe('names of a query', () => {
  it('count once each', () => {
    const spans = [
      { text: 'Kyiv', label: 'LOC' as const },
      { text: 'kyiv', label: 'ORG' as const },
      { text: '“', label: 'PER' as const },
    ];
    expect(modelEntities(spans)).toEqual([{ text: 'Kyiv', label: 'LOC', key: 'kyiv', source: 'model' }]);
  });
});

describe('filters', () => {
  const now = new Date('2026-05-01T12:00:00Z');

  it('always keep the withheld and the embargoed out', () => {
    const clause = JSON.stringify(filtersOf({}, now));
    expect(clause).toContain('{"term":{"withheld":true}}');
    expect(clause).toContain('{"range":{"embargoUntil":{"gt":"2026-05-01T12:00:00.000Z"}}}');
  });

  it('end an embargo less than ten seconds late and never early, the same for all searches in between', () => {
    const momentOf = (at: Date): number => {
      const found = /"embargoUntil":\{"gt":"([^"]+)"/.exec(JSON.stringify(filtersOf({}, at)));
      return Date.parse(found?.[1] ?? '');
    };
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (at) => {
        const late = at.getTime() - momentOf(at);
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThan(10_000);
      }),
    );
    const [one, other] = ['2026-05-01T12:00:00.001Z', '2026-05-01T12:00:09.999Z'].map((at) => momentOf(new Date(at)));
    expect(one).toBe(other);
  });

  it('ask for every one of several names, each under whichever label and however it is written', () => {
    const clause = JSON.stringify(filtersOf({ entity: ['PER:anne', 'LOC:PARIS'] }, now));
    const under = (key: string) => `{"terms":{"entityKeys":["PER:${key}","ORG:${key}","LOC:${key}","MISC:${key}"]}}`;
    expect(clause).toContain(`${under('anne')},${under('paris')}`);
  });
});

describe('copies of a document', () => {
  const copy = (indexId: string, attempt: number, writtenAt = '2026-05-01T10:00:00Z'): FoundDocument => ({
    indexId,
    score: 1,
    document: storedDocument('one', { attempt, writtenAt }),
  });

  it('count once: the newest attempt, and of its doubles the last written, in whichever order they come', () => {
    const copies = [copy('a', 1), copy('b', 2), copy('c', 2, '2026-05-01T10:00:01Z')];
    fc.assert(
      fc.property(fc.shuffledSubarray(copies, { minLength: 3 }), (shuffled) => {
        expect(newestCopies(shuffled).map(({ indexId }) => indexId)).toEqual(['c']);
      }),
    );
  });
});
