import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searchQuerySchema } from '../../../lambdas/contracts/api.ts';
import type { AssetKind } from '../../../lambdas/contracts/assets.ts';
import { entityKey } from '../../../lambdas/contracts/entity-key.ts';
import { type EntityLabel, embedResponseSchema } from '../../../lambdas/contracts/models.ts';
import { stemsOf, wordsOf } from '../../../lambdas/search/analysis.ts';
import { cachedEndpoint, withoutCase } from '../../../lambdas/search/cached-endpoint.ts';
import { matchedBy } from '../../../lambdas/search/candidate.ts';
import { cursorTo, pageOf } from '../../../lambdas/search/cursor.ts';
import { cutOff, sureTotal } from '../../../lambdas/search/cut-off.ts';
import { inTime } from '../../../lambdas/search/deadline.ts';
import { facetsOf } from '../../../lambdas/search/facets.ts';
import { joinFilters } from '../../../lambdas/search/filters.ts';
import { fold, shinglesOf } from '../../../lambdas/search/fold.ts';
import { type AssetGroup, groupByAsset } from '../../../lambdas/search/group.ts';
import { queryTerms } from '../../../lambdas/search/query-terms.ts';
import { inFusedOrder, type Ranked, readAs } from '../../../lambdas/search/rerank.ts';
import { assetIdOf } from '../../integration/search/sample-documents.ts';
import { candidate, storedDocument } from './candidates.ts';

const ranked = (id: string, options: Parameters<typeof storedDocument>[1] = {}, scores = {}): Ranked => ({
  ...candidate(id, scores),
  document: storedDocument(id, { assetId: assetIdOf(id), ...options }),
  fusedScore: 0.5,
  fusedRank: 1,
  score: 0.5,
  rerankScore: null,
  rerankRank: null,
  finalRank: 1,
});
const text = 'The last sun paints the sky orange behind the gantry cranes of Hamburg harbour.';

describe('analysis', () => {
  it('keeps every letter and digit of a text in some word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (any) => {
        const letters = (given: string) => [...given].filter((one) => /[\p{L}\p{N}]/u.test(one)).join('');
        expect(letters(wordsOf(any).join(''))).toBe(letters(any));
      }),
    );
  });

  it('takes inflected forms, accents and possessives for one word, and leaves stop words out', () => {
    expect([...stemsOf("The mayors and the mayor's boats").keys()]).toEqual(['mayor', 'boat']);
    expect([...stemsOf('São Paulo').keys()]).toEqual([...stemsOf('sao paulo').keys()]);
    expect([...stemsOf('to be or not to be')]).toEqual([]);
  });

  it('takes a script without spaces a character at a time', () => {
    expect(wordsOf('東京 earthquake')).toEqual(['東', '京', 'earthquake']);
  });
});

describe('what a document holds of a query', () => {
  const frequencies = {
    documents: 1000,
    ofStem: new Map([
      ['orang', 3],
      ['sky', 400],
    ]),
  };

  it('weighs rare words more, and tells the words by field as they are written', () => {
    const terms = queryTerms('orange sky', frequencies);
    const both = matchedBy(storedDocument('a', { title: 'Orange evening', text }), terms);
    const rare = matchedBy(storedDocument('a', { title: 'Oranges', text: 'A stall.' }), terms);
    expect(both.words.title).toEqual(['Orange']);
    expect(both.words.text).toContain('orange');
    expect(both.coverage).toBeGreaterThan(rare.coverage);
    expect(rare.coverage).toBeGreaterThan(0.5);
  });

  it('is nothing for a query of stop words, and a share from 0 to 1 for any other', () => {
    expect(matchedBy(storedDocument('a', { text }), queryTerms('of the')).coverage).toBe(0);
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (query) => {
        const { coverage } = matchedBy(storedDocument('a', { text }), queryTerms(query, frequencies));
        expect(coverage).toBeGreaterThanOrEqual(0);
        expect(coverage).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
    const own = matchedBy(storedDocument('a', { title: '', text }), queryTerms(text));
    expect(own.coverage).toBeCloseTo(1);
  });
});

describe('folding', () => {
  const group = (id: string, options: Parameters<typeof storedDocument>[1]): AssetGroup => {
    const [made] = groupByAsset([ranked(id, options)]);
    if (made === undefined) throw new Error('no group');
    return made;
  };
  const near = text.replace('The last', 'A last');

  it('takes nearly the same words of the same kind for one hit, and keeps the better one', () => {
    const [kept, ...others] = fold([group('first', { text }), group('second', { text: near })]);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ assetId: assetIdOf('first'), folded: [assetIdOf('second')] });
  });

  it.each([
    ['other words', { text }, { text: 'A tug pulls a freighter towards the open sea on a grey morning.' }],
    ['another kind', { text }, { text, assetKind: 'story' as const }],
    ['short captions that anybody would write', { text: 'A man.' }, { text: 'A man.' }],
  ])('keeps apart %s', (_, one, other) => {
    expect(fold([group('first', one), group('second', other)])).toHaveLength(2);
  });

  it('takes the members of one group for one, whatever their words', () => {
    const groups = [group('a', { text }), group('b', { text: 'Other words altogether.' })];
    const places = new Map(groups.map(({ assetId }) => [assetId, { groupId: 'one' }]));
    expect(fold(groups, places)).toMatchObject([{ assetId: assetIdOf('a'), folded: [assetIdOf('b')] }]);
  });

  it.each([
    ['two groups', { groupId: 'one' }, { groupId: 'other' }],
    ['a group and what an editor took out of it', { groupId: 'one' }, {}],
    ['two that stand alone', {}, {}],
  ])('keeps apart %s, whatever their words', (_, one, other) => {
    const places = new Map([
      [assetIdOf('a'), one],
      [assetIdOf('b'), other],
    ]);
    expect(fold([group('a', { text }), group('b', { text })], places)).toHaveLength(2);
  });

  it('goes by the words where one of two was never looked at for near-duplicates', () => {
    const places = new Map([[assetIdOf('a'), { groupId: 'one' }]]);
    expect(fold([group('a', { text }), group('b', { text })], places)).toHaveLength(1);
  });

  it('takes versions of one story for one', () => {
    const story = (version: string) => ({
      assetKind: 'story' as const,
      text: version,
      story: { uri: 'urn:a', version },
    });
    expect(fold([group('a', story('1')), group('b', story('2'))])).toHaveLength(1);
  });

  it('loses no asset: every one is a hit or folded into one', () => {
    const texts = fc.array(fc.constantFrom(text, near, 'Other words altogether, about a market in the rain.'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(texts, (all) => {
        const groups = all.map((one, at) => group(String(at), { text: one }));
        const folded = fold(groups);
        const ids = folded.flatMap((one) => [one.assetId, ...one.folded]).sort();
        expect(ids).toEqual(groups.map(({ assetId }) => assetId).sort());
        expect(folded[0]?.assetId).toBe(groups[0]?.assetId);
      }),
    );
  });

  it('measures likeness by runs of words', () => {
    expect(shinglesOf('Boats leave the harbour').size).toBe(1);
    expect(shinglesOf('').size).toBe(0);
  });
});

describe('hits', () => {
  const shot = (id: string, liveSession?: string): Ranked =>
    ranked(id, { kind: 'shot', assetKind: 'video', ...(liveSession === undefined ? {} : { liveSession }) });

  it('hold the shots of one run on a live feed together, each with its own asset', () => {
    const [first, second, ...others] = groupByAsset([shot('a', 'house-1'), shot('b', 'house-2'), shot('c', 'house-1')]);
    expect(others).toEqual([]);
    expect(first?.assetId).toBe(assetIdOf('a'));
    expect(first?.documents.map(({ document }) => document.assetId)).toEqual([assetIdOf('a'), assetIdOf('c')]);
    expect(second?.documents).toHaveLength(1);
  });

  it('keep videos apart that came as files', () => {
    expect(groupByAsset([shot('a'), shot('b')])).toHaveLength(2);
  });
});

describe('facets', () => {
  type Named = { text: string; label: EntityLabel };
  const group = (names: readonly Named[], at = 0, options: Parameters<typeof storedDocument>[1] = {}): AssetGroup => {
    const entities = names.map(({ text, label }) => ({ text, label, key: entityKey(text) }));
    const [made] = groupByAsset([ranked(String(at), { ...options, entities })]);
    if (made === undefined) throw new Error('no group');
    return made;
  };
  const ofWritings = (texts: readonly string[]) =>
    facetsOf(texts.map((text, at) => group([{ text, label: 'LOC' }], at))).entities;

  it.each([
    ['Cape Canaveral', ['CAPE CANAVERAL', 'Cape Canaveral', 'Cape Canaveral']],
    ['Cape Canaveral', ['CAPE CANAVERAL', 'Cape Canaveral']],
    ['NATO', ['NATO', 'Nato', 'NATO']],
    ['Valparaíso', ['Valparaiso', 'Valparaíso', 'Valparaíso', 'VALPARAÍSO']],
  ])('write %s in its most frequent form, and of equals not as a dateline does', (text, writings) => {
    for (const order of [writings, writings.toReversed()])
      expect(ofWritings(order)).toMatchObject([{ text, count: writings.length }]);
  });

  it('take a name for one whatever label it was given, the most frequent of which it bears', () => {
    const labels = ['ORG', 'LOC', 'LOC'] as const;
    expect(facetsOf(labels.map((label, at) => group([{ text: 'Kennedy', label }], at))).entities).toEqual([
      { text: 'Kennedy', label: 'LOC', key: 'kennedy', count: 3 },
    ]);
  });

  it('count assets: each once a type, a desk and a name, in whichever order they come', () => {
    const name = fc.record({
      text: fc.constantFrom('Split', 'SPLIT', 'split', 'Lima', 'LIMA', 'NATO', 'Nato'),
      label: fc.constantFrom<EntityLabel>('PER', 'ORG', 'LOC'),
    });
    const assets = fc.array(
      fc.record({
        names: fc.array(name, { maxLength: 4 }),
        desk: fc.constantFrom('world', 'sport'),
        assetKind: fc.constantFrom<AssetKind>('photo', 'video', 'story'),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(assets, (all) => {
        const groups = all.map(({ names, desk, assetKind }, at) => group(names, at, { desk, assetKind }));
        const facets = facetsOf(groups);
        const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, one) => total + one, 0);
        expect([sum(facets.types), sum(facets.desks)]).toEqual([all.length, all.length]);
        for (const { key, text, label, count } of facets.entities) {
          const holding = all.filter(({ names }) => names.some((one) => entityKey(one.text) === key));
          const mentions = holding.flatMap(({ names }) => names).filter((one) => entityKey(one.text) === key);
          expect(count).toBe(holding.length);
          expect(mentions.map((one) => one.text)).toContain(text);
          expect(mentions.map((one) => one.label)).toContain(label);
        }
        const keys = all.flatMap(({ names }) => names.map((one) => entityKey(one.text)));
        expect(facets.entities.map(({ key }) => key).sort()).toEqual([...new Set(keys)].sort());
        expect(facetsOf(groups.toReversed())).toEqual(facets);
      }),
    );
  });
});

describe('the line', () => {
  const sure = ranked('sure', {}, { confidence: 0.9 });
  const unsure = ranked('unsure', {}, { confidence: 0.1 });

  it('parts hits from near misses and keeps both in order', () => {
    const { above, below } = cutOff(groupByAsset([unsure, sure]), { answer: 0.5, hit: 0.4 });
    expect(above.map(({ assetId }) => assetId)).toEqual([assetIdOf('sure')]);
    expect(below.map(({ assetId }) => assetId)).toEqual([assetIdOf('unsure')]);
  });

  it('answers nothing where nothing is sure enough for an answer', () => {
    expect(cutOff(groupByAsset([sure, unsure]), { answer: 1.1, hit: 0 }).above).toEqual([]);
  });

  it('keeps of a hit only the documents that are above it', () => {
    const shots = [sure, { ...unsure, document: { ...unsure.document, assetId: assetIdOf('sure') } }];
    const { above } = cutOff(groupByAsset(shots), { answer: 0.5, hit: 0.4 });
    expect(above[0]?.documents).toHaveLength(1);
  });
});

describe('the sure ones', () => {
  it('reach to the last that would be an answer alone, those before it included', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0.1, 0.4, 0.6, 0.9), { maxLength: 12 }), (confidences) => {
        const groups = groupByAsset(confidences.map((confidence, at) => ranked(String(at), {}, { confidence })));
        const total = sureTotal(groups, 0.5);
        expect(confidences.slice(total).every((one) => one < 0.5)).toBe(true);
        if (total > 0) expect(confidences[total - 1]).toBeGreaterThanOrEqual(0.5);
      }),
    );
  });
});

describe('a cursor', () => {
  const query = { ...searchQuerySchema.parse({}), q: 'boats' };

  it('leads to its page of its own search', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (page) => {
        expect(pageOf(cursorTo(page, query), query)).toBe(page);
      }),
    );
  });

  it('is refused where it is made up, changed or of another search', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (made) => {
        expect(() => pageOf(made, query)).toThrow(/does not belong/);
      }),
    );
    expect(() => pageOf(cursorTo(2, query), { ...query, q: 'ships' })).toThrow(/does not belong/);
    const other = Buffer.from(`9${Buffer.from(cursorTo(2, query), 'base64url').toString().slice(1)}`);
    expect(() => pageOf(other.toString('base64url'), query)).toThrow(/does not belong/);
  });
});

describe('a deadline', () => {
  it('gives a late part up, tells it so, and says what that means', async () => {
    let isTold = false;
    const { value, degraded } = await inTime('rerank', 'Not read again', 20, (signal) => {
      signal.addEventListener('abort', () => (isTold = true));
      return new Promise(() => {});
    });
    expect(value).toBeUndefined();
    expect(degraded).toEqual([{ part: 'rerank', reason: 'Not read again: no answer within 20 ms' }]);
    expect(isTold).toBe(true);
  });

  it('hands on what came in time', async () => {
    expect(await inTime('x', 'x', 1000, async () => 7)).toEqual({ value: 7, degraded: [] });
  });
});

describe('the memory for models’ answers', () => {
  it('asks once for queries that are the same to the model, and again for what failed', async () => {
    const asked: string[] = [];
    let isDown = true;
    const endpoint = cachedEndpoint(
      {
        invokeJson: (async (request: { texts: string[] }) => {
          asked.push(...request.texts);
          if (isDown) throw new Error('down');
          return { model: 'm', version: '1', vectors: [[1]] };
        }) as never,
      },
      withoutCase,
    );
    const ask = (query: string) =>
      endpoint.invokeJson({ texts: [query] }, embedResponseSchema, { timeoutMilliseconds: 100 });
    await expect(ask('Boats')).rejects.toThrow('down');
    isDown = false;
    await ask('Boats');
    expect(await ask(' boats ')).toMatchObject({ vectors: [[1]] });
    expect(asked).toEqual(['Boats', 'Boats']);
  });
});

describe('filters of the request and of the words', () => {
  it('hold together', () => {
    expect(
      joinFilters(
        { from: '2024-01-01', to: '2024-12-31', type: ['photo', 'story'] },
        { from: '2024-06-01', type: ['photo'] },
      ),
    ).toEqual({ from: '2024-06-01', to: '2024-12-31', type: ['photo'] });
  });

  it('leave nothing where they contradict each other', () => {
    expect(joinFilters({ type: ['photo'] }, { type: ['story'] })).toEqual({ type: [] });
  });
});

describe('what the reranker reads', () => {
  it('is headline, description, and the names and keywords that neither says', () => {
    const entities = [
      { text: 'Hamburg', label: 'LOC' as const, key: 'hamburg' },
      { text: 'Lena Okafor', label: 'PER' as const, key: 'lena okafor' },
    ];
    const document = storedDocument('a', {
      title: 'Evening',
      text,
      entities,
      people: ['Lena Okafor'],
      keywords: ['harbour', 'sunset'],
    });
    expect(readAs(document)).toBe(`Evening | ${text} | Lena Okafor, sunset`);
  });

  it('never lets a rank be given twice', () => {
    const order = inFusedOrder([ranked('a'), ranked('b')]);
    expect(order.map(({ finalRank }) => finalRank)).toEqual([1, 2]);
  });
});
