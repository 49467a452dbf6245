import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../lambdas/search/analysis.ts';
import { bestMatch } from '../../../lambdas/search/candidate.ts';
import { confidenceOf } from '../../../lambdas/search/cut-off.ts';
import { lines } from '../../../lambdas/search/fitted.ts';
import { fuse } from '../../../lambdas/search/fuse.ts';
import { queryTerms } from '../../../lambdas/search/query-terms.ts';
import { type RerankClients, rerank, shareAt } from '../../../lambdas/search/rerank.ts';
import { askedWords, supportOf } from '../../../lambdas/search/support.ts';
import { candidate, relatedWordsOf, storedDocument } from './candidates.ts';

const asked = (text: string, names: readonly string[] = []) => askedWords(text, queryTerms(text), names);
const nothingHeld = { held: new Set<string>(), words: {} };

describe('the words that a document may bear out', () => {
  it('are the different words of the query but for stop words, where they come first', () => {
    expect(asked('the boats in a boat race').map(({ stem }) => stem)).toEqual(['boat', 'race']);
  });

  it('are counted in code points, as the model counts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const points = [...text];
        const found = asked(text);
        for (const { start, end } of found) {
          const written = points.slice(start, end).join('');
          expect(wordsOf(written)).toEqual([written]);
        }
        expect(found.map(({ start }) => start)).toEqual(found.map(({ start }) => start).sort((a, b) => a - b));
      }),
    );
    const [storm] = asked('😀😀 storm');
    expect(storm).toMatchObject({ start: 3, end: 8 });
  });

  it('are told apart by whether a name holds them, and one of several words', () => {
    const told = asked('brandt in paris today', ['Helena Brandt', 'Paris']);
    expect(told.map(({ isName }) => isName)).toEqual([true, true, false]);
    expect(told.map(({ isOfLongerName }) => isOfLongerName)).toEqual([true, false, false]);
  });
});

describe('the support of a query by a document', () => {
  const words = asked('brandt pregnant', ['Brandt']);

  it('is pulled down by the one word that is missing', () => {
    const whole = supportOf(nothingHeld, words, [0.9, 0.9]);
    const half = supportOf(nothingHeld, words, [0.9, 0.2]);
    expect(half?.weakest).toBe(0.2);
    expect([half?.missing, whole?.missing]).toEqual([['pregnant'], []]);
    expect(half?.weakestName).toBe(0.9);
    expect(half?.geometricMean ?? 1).toBeLessThan(half?.mean ?? 0);
    const query = { hasNames: true, hasPhrases: false };
    const sure = (support: typeof whole) => confidenceOf({ cosine: 0.5, coverage: 0.5, support }, query);
    expect(sure(half)).toBeLessThan(0.5);
    expect(sure(whole)).toBeGreaterThan(0.5);
  });

  it('takes a word that stands there for borne out, whatever the model says', () => {
    expect(supportOf({ held: new Set(['brandt']), words: {} }, words, [0.1, 0.9])?.weakestName).toBeGreaterThan(0.8);
  });

  it('takes a word of the same stem for another where the model read it and sees no likeness', () => {
    const holding = (written: string, told: number | null) =>
      supportOf({ held: new Set(['box', 'fight']), words: { text: [written] } }, asked('boxing fight'), [told, 0.9]);
    expect(holding('boxes', 0.24)).toMatchObject({ weakest: 0.24, missing: ['boxing'] });
    expect(holding('boxing', 0.24)).toMatchObject({ weakest: 0.85, missing: [] });
    expect(holding('boxed', 0.64)).toMatchObject({ weakest: 0.85, missing: [] });
    expect(holding('boxes', null)).toMatchObject({ weakest: 0.85, missing: [] });
  });

  it('takes a word for borne out that stands there under another name, whatever the model says', () => {
    expect(supportOf({ held: new Set(['kiev']), words: { text: ['power'] } }, asked('kiev'), [0.2])?.weakest).toBe(
      0.85,
    );
  });

  it('is little for a city that the document does not speak of, however near another is', () => {
    const of = (held: string[], isImplied: boolean) =>
      supportOf(
        { held: new Set(held), words: {} },
        asked('copenhagen').map((word) => ({ ...word, isName: true, isCity: true })),
        [0.69],
        () => isImplied,
      );
    expect(of([], false)).toMatchObject({ weakestName: 0.3, missing: ['copenhagen'] });
    expect(of([], true)).toMatchObject({ weakestName: 0.8, missing: [] });
    expect(of(['copenhagen'], false)).toMatchObject({ weakestName: 0.85, missing: [] });
    expect(of([], false)?.mean).toBe(0.69);
  });

  it('takes a word that is implied for borne out, but no name', () => {
    const isImplied = () => true;
    const implied = supportOf(nothingHeld, words, [0.3, 0.3], isImplied);
    expect(implied).toMatchObject({ weakestName: 0.3, weakest: 0.3, missing: ['brandt'] });
    expect(implied?.mean).toBeCloseTo(supportOf(nothingHeld, words, [0.3, 0.3])?.mean ?? 0);
  });

  it('asks nothing of a word for the medium, which every hit of that kind is', () => {
    const shot = supportOf(nothingHeld, asked('umbrella shot'), [0.9, 0.2]);
    expect(shot).toMatchObject({ words: 1, weakest: 0.85, missing: [] });
    expect(shot?.geometricMean).toBeCloseTo(0.9);
    expect(supportOf(nothingHeld, asked('shot'), [0.2])).toMatchObject({ words: 0, geometricMean: 0.85, missing: [] });
  });

  it('is of one other word where no name and nothing else is asked, and the document does not hold it', () => {
    const isOne = (text: string, held: string[] = [], names: string[] = []) =>
      supportOf({ held: new Set(held), words: {} }, asked(text, names), [0.4, 0.4])?.isOneOtherWord;
    expect([isOne('traffic'), isOne('traffic shot')]).toEqual([true, true]);
    expect([isOne('city traffic'), isOne('traffic', ['traffic']), isOne('oslo', [], ['Oslo'])]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is believed less than the nearness of the whole where one word is all that is asked', () => {
    const query = { hasNames: false, hasPhrases: false };
    const sure = (text: string, cosine: number, given: number[], names: string[] = []) =>
      confidenceOf({ cosine, coverage: 0, support: supportOf(nothingHeld, asked(text, names), given) }, query);
    // What the models say of `traffic` and shots of cars and bicycles, of transport, and of a rabbit for a parrot.
    expect(sure('traffic', 0.461, [0.34])).toBeGreaterThan(lines.answer);
    expect(sure('traffic', 0.179, [0.49])).toBeLessThan(lines.answer);
    expect(sure('parrot', 0.302, [0.33])).toBeLessThan(lines.answer);
    expect(sure('city traffic', 0.461, [0.34, 0.34])).toBeLessThan(lines.answer);
    expect(sure('oslo', 0.461, [0.5], ['Oslo'])).toBeLessThan(lines.answer);
  });

  it('leaves out what the model did not read, and is none where it read nothing', () => {
    expect(supportOf(nothingHeld, words, [0.9, null])).toMatchObject({ words: 1, mean: 0.9 });
    expect(supportOf(nothingHeld, words, [null, null])).toBeUndefined();
    expect(supportOf(nothingHeld, [], [])).toBeUndefined();
  });

  it('makes nobody surer by less of it', () => {
    const cosine = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(cosine, cosine, cosine, fc.double({ min: 0, max: 1, noNaN: true }), (one, other, near, less) => {
        const sure = (given: number[]) =>
          confidenceOf(
            { cosine: near, coverage: 0, support: supportOf(nothingHeld, words, given) },
            { hasNames: true, hasPhrases: false },
          );
        expect(sure([one, other - less])).toBeLessThanOrEqual(sure([one, other]) + 1e-12);
        expect(sure([one - less, other])).toBeLessThanOrEqual(sure([one, other]) + 1e-12);
      }),
    );
  });
});

describe('what a document holds of a query that has other words as well', () => {
  const texts = [queryTerms('kiev power outage'), queryTerms('kyiv power outage')] as const;
  const heldBy = (text: string) => [...bestMatch(storedDocument('a', { title: '', text, entities: [] }), texts).held];

  it('counts a name that stands there under its other form', () => {
    expect(heldBy('Kyiv without power').sort()).toEqual(['kiev', 'power']);
  });

  it('counts nothing for a form that does not stand there', () => {
    expect(heldBy('The power is off')).toEqual(['power']);
  });
});

describe('a reranker', () => {
  const fused = fuse(
    [candidate('a', { lexicalScore: 2, cosine: 0.6 }), candidate('b', { lexicalScore: 2, cosine: 0.6 })],
    { lexical: 0.5, vector: 0.5, reasons: [] },
  );
  const question = { text: 'boats pregnant', words: asked('boats pregnant') };
  const answering = (
    answer: object,
    requests: unknown[] = [],
    relatedWords = async () => relatedWordsOf({}),
  ): RerankClients => ({
    rerank: {
      invokeJson: (async (request: unknown) => {
        requests.push(request);
        return { model: 'm', version: '1', ...answer };
      }) as never,
    },
    relatedWords,
  });

  it('is told the words of the query, and what it says of them orders the documents', async () => {
    const requests: unknown[] = [];
    const support = [
      [0.9, 0.2],
      [0.9, 0.9],
    ];
    const { ranked } = await rerank(answering({ scores: [0.5, 0.5], support }, requests), question, fused);
    expect(requests).toMatchObject([
      {
        words: [
          { start: 0, end: 5 },
          { start: 6, end: 14 },
        ],
      },
    ]);
    expect(ranked.map(({ document }) => document.documentId)).toEqual(['b', 'a']);
    expect(ranked[0]?.support?.missing).toEqual([]);
  });

  it('leaves the order as it was where a document says the same in another word, which bears the asked one out', async () => {
    const support = [
      [0.9, 0.3],
      [0.9, 0.3],
    ];
    const expecting = async () => relatedWordsOf({ pregnant: ['expecting'] });
    const texts = fuse(
      [
        candidate('a', { document: storedDocument('a', { text: 'Boats, and nothing else' }) }),
        candidate('b', { document: storedDocument('b', { text: 'Boats for the expecting' }) }),
      ],
      { lexical: 0.5, vector: 0.5, reasons: [] },
    );
    const told = await rerank(answering({ scores: [0.5, 0.5], support }, [], expecting), question, texts);
    const untold = await rerank(answering({ scores: [0.5, 0.5], support }), question, texts);
    const of = ({ ranked }: typeof told) => ranked.map(({ document, score }) => [document.documentId, score]);
    expect(of(told)).toEqual(of(untold));
    const missing = Object.fromEntries(
      told.ranked.map(({ document, support: of }) => [document.documentId, of?.missing]),
    );
    expect(missing).toEqual({ a: ['pregnant'], b: [] });
  });

  describe('takes a place that everybody knows for a name, though neither the archive nor the model knows it', () => {
    const told = async (names: readonly string[], text: string, known: Parameters<typeof relatedWordsOf>[2] = {}) => {
      const document = storedDocument('a', { text });
      const one = fuse([candidate('a', { document })], { lexical: 0.5, vector: 0.5, reasons: [] });
      const boston = { text: 'boats boston', words: asked('boats boston', names) };
      const answer = answering({ scores: [0.5], support: [[0.9, 0.6]] }, [], async () => relatedWordsOf({}, [], known));
      return (await rerank(answer, boston, one)).ranked[0]?.support;
    };
    const city = { cities: ['boston beacon_hill'] };

    it('and believes what the model says of a country or a state, which is spoken of in many ways', async () => {
      expect(await told([], 'Boats', { places: ['boston'] })).toMatchObject({ weakestName: 0.6 });
    });

    it('but of a city only what speaks of it or of what lies there', async () => {
      expect(await told([], 'Boats', city)).toMatchObject({ weakestName: 0.3 });
      expect(await told(['Boston'], 'Boats', city)).toMatchObject({ weakestName: 0.3 });
      expect(await told([], 'Boats below Beacon Hill', city)).toMatchObject({ weakestName: 0.8 });
    });

    it('which is no city where it is of a longer name, as a first name may be', async () => {
      expect(await told(['Boston Lindqvist'], 'Boats', city)).toMatchObject({ weakestName: 0.6 });
    });

    it('and a word that nobody knows for a place for a word', async () => {
      expect(await told([], 'Boats')).toMatchObject({ weakestName: 0.85 });
    });
  });

  it('does without related words that cannot be read, and says so', async () => {
    const broken = () => Promise.reject(new Error('no such file'));
    const { ranked, degraded } = await rerank(
      answering(
        {
          scores: [0.5, 0.4],
          support: [
            [0.9, 0.9],
            [0.9, 0.1],
          ],
        },
        [],
        broken,
      ),
      question,
      fused,
    );
    expect(ranked).toHaveLength(2);
    expect(degraded).toEqual([{ part: 'related words', reason: expect.stringMatching(/say the same.*no such file/) }]);
  });

  it('has less to say of a long query than of a short one, where it does not read query and document together', () => {
    const late = { few: 0.7, many: 0.1 };
    expect([0, 2, 5].map((words) => shareAt(late, words))).toEqual([0.7, 0.7, 0.7]);
    expect(shareAt(late, 6.5)).toBeCloseTo(0.4);
    expect([8, 30].map((words) => shareAt(late, words))).toEqual([expect.closeTo(0.1), expect.closeTo(0.1)]);
  });

  it('may know nothing of single words: then its scores alone count', async () => {
    const { ranked, degraded } = await rerank(answering({ scores: [0.1, 0.7] }), question, fused);
    expect(ranked.map(({ document, support }) => [document.documentId, support])).toEqual([
      ['b', undefined],
      ['a', undefined],
    ]);
    expect(degraded).toEqual([]);
  });
});
