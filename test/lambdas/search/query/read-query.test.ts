import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryReader } from '../../../../lambdas/search/query/read-query.ts';
import { vocabularyOf } from '../../../../lambdas/search/query/vocabulary.ts';
import { relatedWordsOf } from '../candidates.ts';
import { countedFrom, documentOf, now, read } from './archive.ts';

const entityKeys = (text: string) => read(text).entities.map(({ key }) => key);

describe('operators', () => {
  it.each([
    ['"golden bear" winner', ['golden bear'], [], 'golden bear winner'],
    ['“golden bear” winner', ['golden bear'], [], 'golden bear winner'],
    ['georgia -atlanta', [], ['atlanta'], 'georgia'],
    ['georgia -"atlanta braves" protest', [], ['atlanta braves'], 'georgia protest'],
    ['georgia −atlanta', [], ['atlanta'], 'georgia'],
  ])('reads %s', (text, phrases, exclusions, lexicalText) => {
    expect(read(text)).toMatchObject({ phrases, exclusions, lexicalText, vectorText: lexicalText });
  });

  it.each([
    ['covid-19 ward', 'covid-19 ward'],
    ['london - paris train', 'london - paris train'],
    ['-10 degrees', '-10 degrees'],
    ['12" gun', '12 gun'],
    ['"unclosed phrase', 'unclosed phrase'],
    ['""', ''],
    ["cricket at lord's", "cricket at lord's"],
  ])('finds none in %s', (text, lexicalText) => {
    expect(read(text, { off: ['spelling'] })).toMatchObject({ phrases: [], exclusions: [], lexicalText });
  });

  it('reads a kind that is excluded as the other kinds', () => {
    expect(read('earthquake -video')).toMatchObject({ filters: { type: ['photo', 'story'] }, exclusions: [] });
  });

  it('leaves no words where everything is excluded', () => {
    expect(read('-football -"water polo"')).toMatchObject({ lexicalText: '', exclusions: ['football', 'water polo'] });
  });
});

describe('kinds', () => {
  it.each([
    ['photo of tractors', 'photo', 'tractors'],
    ['show me pictures of tractors', 'photo', 'show me tractors'],
    ['video of helena brandt', 'video', 'helena brandt'],
    ['footage of earthquake rescue', 'video', 'earthquake rescue'],
    ['story about the bank rescue', 'story', 'the bank rescue'],
    ['photos helena brandt', 'photo', 'helena brandt'],
    ['earthquake rescue video', 'video', 'earthquake rescue'],
    ['photos from last week', 'photo', ''],
    ['videos', 'video', ''],
  ])('reads %s', (text, type, lexicalText) => {
    expect(read(text)).toMatchObject({ filters: { type: [type] }, lexicalText });
  });

  it.each([
    'photo finish',
    'photographer at work',
    'video assistant referee',
    'picture house at night',
    'woman holding a photo',
    'man with picture of his son',
    'success story',
    'clip',
    '"photo of the year"',
  ])('leaves %s alone', (text) => {
    expect(read(text).filters).toEqual({});
  });
});

describe('dates', () => {
  it.each([
    ['flood yesterday', '2024-03-23', '2024-03-23', 'flood'],
    ['flood last week', '2024-03-11', '2024-03-17', 'flood'],
    ['flood this month', '2024-03-01', '2024-03-31', 'flood'],
    ['flood last year', '2023-01-01', '2023-12-31', 'flood'],
    ['flood last winter', '2023-12-01', '2024-02-29', 'flood'],
    ['flood in march 2024', '2024-03-01', '2024-03-31', 'flood'],
    ['flood in june', '2023-06-01', '2023-06-30', 'flood'],
    ['floods july 2021', '2021-07-01', '2021-07-31', 'floods'],
    ['british budget spring 2024', '2024-03-01', '2024-05-31', 'british budget'],
    ['protest 3 march 2024', '2024-03-03', '2024-03-03', 'protest'],
    ['protest on 2024-03-03', '2024-03-03', '2024-03-03', 'protest'],
    ['protest two days ago', '2024-03-22', '2024-03-22', 'protest'],
    ['protest last monday', '2024-03-18', '2024-03-18', 'protest'],
    ['protest 2019', '2019-01-01', '2019-12-31', 'protest'],
    ['protest between june 2021 and march 2022', '2021-06-01', '2022-03-31', 'protest'],
    ['protest from 2019 to 2021', '2019-01-01', '2021-12-31', 'protest'],
  ])('reads %s', (text, from, to, lexicalText) => {
    expect(read(text)).toMatchObject({ filters: { from, to }, lexicalText });
  });

  it.each([
    ['protests since june 2023', { from: '2023-06-01' }],
    ['protests before 2020', { to: '2019-12-31' }],
    ['protests until 2020', { to: '2020-12-31' }],
    ['protests after 2020', { from: '2021-01-01' }],
  ])('reads %s as open on one side', (text, filters) => {
    expect(read(text).filters).toEqual(filters);
  });

  it.each([
    'she may win',
    'march in berlin',
    'sun over the city',
    'hot spring',
    'berlin in summer',
    'second round',
    '9/11 anniversary',
    '24/7 pharmacy',
    'route 2019a',
    '5000 metres at night',
    '"summer 2019"',
    'fans world cup 2022',
  ])('finds none in %s', (text) => {
    expect(read(text).filters).toEqual({});
  });

  it('reckons yesterday in the newsroom’s zone', () => {
    const at = new Date('2024-03-24T23:30:00Z');
    expect(read('flood yesterday', { at }).filters.from).toBe('2024-03-23');
    expect(read('flood yesterday', { at, zone: 'Europe/Berlin' }).filters.from).toBe('2024-03-24');
  });
});

describe('a text that was pasted', () => {
  const pasted =
    'The standard method of finding information in today\'s libraries is through the "alphabetical" card catalog of 1979. Can these be modified for use with automated retrieval?';

  it('filters by nothing of what it says', () => {
    expect(read(pasted)).toMatchObject({ phrases: [], filters: {} });
    expect(read(`Photos of ${pasted}`)).toMatchObject({ filters: {} });
  });

  it('is asked where all but a few words are quoted', () => {
    const quoted = pasted.replaceAll('"', '');
    expect(read(`"${quoted}" 2024`)).toMatchObject({ phrases: [quoted], filters: { from: '2024-01-01' } });
  });
});

describe('names', () => {
  it.each([
    ['helena brandt', 'helena brandt'],
    ['HELENA BRANDT', 'helena brandt'],
    ["helena brandt's speech", 'helena brandt'],
    ['cholera malawi', 'malawi'],
  ])('knows that of the archive in %s', (text, key) => {
    expect(read(text).entities).toContainEqual(expect.objectContaining({ key, source: 'dictionary' }));
  });

  it('takes the longest name at each place', () => {
    expect(entityKeys('la palma')).toEqual(['la palma']);
    expect(entityKeys('theresa may')).toEqual(['theresa may']);
  });

  it('takes a common word for a name only in capitals', () => {
    expect(entityKeys('it may rain')).toEqual([]);
    expect(entityKeys('speech by May')).toEqual(['may', 'theresa may']);
  });

  it('knows each by its other names, both in the index and in the words', () => {
    expect(entityKeys('kiev power outage')).toEqual(['kiev', 'kyiv']);
    expect(read('kiev power outage').variants).toEqual(['Kyiv power outage']);
    expect(entityKeys('who warns malawi')).toContain('world health organization');
    expect(entityKeys('LA fires')).toContain('los angeles');
    expect(entityKeys('la fires')).not.toContain('los angeles');
    expect(entityKeys('who is she')).toEqual([]);
  });

  it('knows nothing by another name that the archive does not hold', () => {
    expect(entityKeys('burma coup')).toEqual([]);
  });

  it('expands a surname that one person bears and leaves open one that two bear', () => {
    expect(read('brandt angry').variants).toEqual(['Helena Brandt angry']);
    expect(entityKeys('okafor angry')).toEqual(['judith okafor', 'chidi okafor']);
    expect(read('okafor angry').variants).toEqual([]);
  });
});

describe('spelling', () => {
  it.each([
    ['helena brant bundestag', 'helena brandt bundestag'],
    ['earthquke rescue', 'earthquake rescue'],
    ['chlorea malawi', 'cholera malawi'],
    ['kiyv night', 'kyiv night'],
  ])('corrects %s and keeps it beside', (text, lexicalText) => {
    expect(read(text)).toMatchObject({ lexicalText, vectorText: lexicalText });
    expect(read(text).variants).toContain(text);
  });

  it('knows the name that it corrected to', () => {
    expect(entityKeys('helena brant')).toEqual(['helena brandt']);
  });

  it.each(['"earthquke"', 'fores', 'oil tanker aground', 'earthquakes', 'EARTHQUKE', 'b2b', 'xyzzyq'])(
    'leaves %s alone',
    (text) => {
      expect(read(text).chips.filter(({ kind }) => kind === 'spelling')).toEqual([]);
    },
  );
});

const pieces = fc.constantFrom(
  ...[
    '"',
    '“',
    '”',
    '-',
    '−',
    ' ',
    ',',
    'photo of',
    'video',
    'yesterday',
    'in march 2024',
    '2019',
    'since june',
    'kiev',
  ],
  ...[
    'helena',
    'brant',
    'may',
    'who',
    'world cup 2022',
    'İ',
    '👩‍🚒',
    'ß',
    '\u0301',
    '(',
    '.*',
    'between 2019 and',
    'last week',
  ],
);
const queries = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((all) => all.join(' ').slice(0, 512)),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
);
const switches = ['dictionary', 'aliases', 'spelling', 'phrases', 'exclusions', 'types', 'dates'] as const;

describe('whatever is typed', () => {
  it('is read, with a chip of its own for every decision', () => {
    fc.assert(
      fc.property(queries, (text) => {
        const reading = read(text);
        const { chips, filters, phrases, exclusions, variants } = reading;
        expect(new Set(chips.map(({ id }) => id)).size).toBe(chips.length);
        for (const { id, typed, remove } of chips) {
          expect(id).not.toContain(',');
          expect(id.length).toBeLessThanOrEqual(200);
          expect(remove).toEqual({ parameter: 'ignore', value: id });
          expect(text).toContain(typed);
        }
        const kinds = chips.map(({ kind }) => kind);
        expect(kinds.includes('date')).toBe(filters.from !== undefined || filters.to !== undefined);
        if (filters.from && filters.to) expect(filters.from <= filters.to).toBe(true);
        expect(phrases.length > 0).toBe(kinds.includes('phrase'));
        expect(exclusions.length > 0 && !kinds.includes('exclusion')).toBe(false);
        expect(variants.length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('is plain words again without any of its chips', () => {
    fc.assert(
      fc.property(queries, (text) => {
        // What is plain words again may be read as something else, as far as that goes.
        const ignore: string[] = [];
        for (let reading = read(text); reading.chips.length > 0; reading = read(text, { ignore }))
          ignore.push(...reading.chips.map(({ id }) => id));
        expect(read(text, { ignore })).toMatchObject({ filters: {}, phrases: [], exclusions: [], entities: [] });
      }),
    );
  });

  it('is plain words with every reading switched off', () => {
    fc.assert(
      fc.property(queries, (text) => {
        const reading = read(text, { off: [...switches] });
        expect(reading).toMatchObject({
          chips: [],
          filters: {},
          phrases: [],
          exclusions: [],
          entities: [],
          variants: [],
        });
      }),
    );
  });
});

it('goes on without the archive’s vocabulary, and says so', async () => {
  const reader = queryReader({
    vocabulary: () => Promise.reject(new Error('the bucket is gone')),
    zone: 'UTC',
    knownNames: async () => relatedWordsOf({}),
  });
  const signal = AbortSignal.timeout(1000);
  const reading = await reader('kiev yesterday', { off: new Set(), ignore: new Set(), now, signal });
  expect(reading).toMatchObject({ lexicalText: 'kiev', filters: { from: '2024-03-23' }, entities: [] });
  expect(reading.degraded).toEqual([{ part: 'vocabulary', reason: expect.stringContaining('the bucket is gone') }]);
});

describe('names that are known at large', () => {
  const islands = vocabularyOf(countedFrom([documentOf('Fog over the island and the swamps.')]));
  const asked = { off: new Set<never>(), ignore: new Set<string>(), now, signal: AbortSignal.timeout(10_000) };
  const readerWith = (knownNames: Parameters<typeof queryReader>[0]['knownNames']) =>
    queryReader({ vocabulary: async () => islands, zone: 'UTC', knownNames });

  it('are never respelt to common words, and the words beside them are', async () => {
    const reading = await readerWith(async () => relatedWordsOf({}, ['iceland']))('iceland swammps', asked);
    expect(reading).toMatchObject({ lexicalText: 'iceland swamps', vectorText: 'iceland swamps' });
    expect(reading.chips.map(({ id }) => id)).toEqual(['spelling:swammps']);
  });

  it('are never respelt, not even to a name, where everybody knows them', async () => {
    const ofIraq = vocabularyOf(
      countedFrom([documentOf('Iraq and Australia trade in dates.', ['Iraq', 'LOC'], ['Australia', 'LOC'])]),
    );
    const knownNames = async () => relatedWordsOf({}, [], { places: ['iran', 'austria'] });
    const reader = queryReader({ vocabulary: async () => ofIraq, zone: 'UTC', knownNames });
    for (const typed of ['iran', 'austria']) {
      const { lexicalText, chips } = await reader(typed, asked);
      expect([lexicalText, chips]).toEqual([typed, []]);
    }
    expect(await reader('irak', asked)).toMatchObject({ lexicalText: 'iraq' });
  });

  it('are respelt where the word beside them makes them a person of the archive', async () => {
    const named = vocabularyOf(
      countedFrom([
        documentOf('Lena Berger leaves.', ['Lena Berger', 'PER']),
        documentOf('The Iraq War.', ['Iraq War', 'MISC'], ['Iraq', 'LOC']),
      ]),
    );
    const knownNames = async () => relatedWordsOf({}, [], { places: ['bergen', 'iran'] });
    const reader = queryReader({ vocabulary: async () => named, zone: 'UTC', knownNames });
    const lexicalTexts = ['lena bergen', 'bergen', 'iran war'].map(async (q) => (await reader(q, asked)).lexicalText);
    expect(await Promise.all(lexicalTexts)).toEqual(['lena berger', 'bergen', 'iran war']);
  });

  it('are respelt to a name of the archive where few know them', async () => {
    const named = vocabularyOf(countedFrom([documentOf('Helena Brandt leaves.', ['Helena Brandt', 'PER'])]));
    const knownNames = async () => relatedWordsOf({}, ['brant']);
    const reader = queryReader({ vocabulary: async () => named, zone: 'UTC', knownNames });
    expect(await reader('helena brant', asked)).toMatchObject({ lexicalText: 'helena brandt' });
  });

  it('are looked for only where a word is about to be respelt', async () => {
    const reader = readerWith(() => Promise.reject(new Error('nobody asked')));
    expect(await reader('the island', asked)).not.toHaveProperty('degraded');
    expect(await reader('iceland', asked)).toMatchObject({
      lexicalText: 'island',
      degraded: [{ part: 'known names', reason: expect.stringContaining('nobody asked') }],
    });
  });
});
