import { describe, expect, it } from 'vitest';
import type { SearchResponse } from '../../lambdas/contracts/search.ts';
import { differences, doublesIn, type Endings, type IndexedCopy } from '../../measure/faults/endings.ts';
import { doublesOnPage } from '../../measure/faults/reader.ts';
import { Tally } from '../../measure/faults/tally.ts';

const calm: Endings = {
  uploads: { 'incoming/a.jpg': 'asset one', 'incoming/b.jpg': 'refused: zero bytes' },
  assets: { one: { status: 'indexed', documents: { 'one.photo.0': 'A ferry' } } },
};

describe('two runs', () => {
  it('that ended alike have no differences', () => {
    expect(differences(calm, structuredClone(calm))).toEqual([]);
  });

  it.each([
    ['an upload that was lost', { ...calm, uploads: { 'incoming/a.jpg': 'asset one' } }, /upload incoming\/b.jpg/],
    ['an upload nobody sent', { ...calm, uploads: { ...calm.uploads, c: 'asset one' } }, /upload c/],
    ['another end', { ...calm, assets: { one: { status: 'failed', documents: {} } } }, /asset one: failed/],
    [
      'a document that is missing',
      { ...calm, assets: { one: { status: 'indexed', documents: {} } } },
      /document one.photo.0: undefined instead of A ferry/,
    ],
    [
      'other words',
      { ...calm, assets: { one: { status: 'indexed', documents: { 'one.photo.0': 'A dog' } } } },
      /A dog instead of A ferry/,
    ],
  ])('differ by %s', (_, found, line) => {
    expect(differences(calm, found).join('\n')).toMatch(line);
  });
});

it('tells documents of which the index holds two copies', () => {
  const copy = (indexId: string, documentId: string): IndexedCopy => ({ indexId, documentId, assetId: 'a', text: '' });
  expect(doublesIn([copy('1', 'a.0'), copy('2', 'a.0'), copy('3', 'a.1')])).toEqual(['a.0']);
});

it('tells assets and documents that stand twice on one page', () => {
  const hit = (assetId: string, documentIds: string[]) =>
    ({ assetId, matches: documentIds.map((documentId) => ({ documentId })) }) as SearchResponse['hits'][number];
  expect(doublesOnPage({ hits: [hit('a', ['a.0']), hit('b', ['b.0'])] })).toEqual([]);
  expect(doublesOnPage({ hits: [hit('a', ['a.0', 'a.0']), hit('a', ['a.1'])] })).toEqual([
    'asset a twice on one page',
    'document a.0 twice on one page',
  ]);
});

it('counts as survived what nothing was harmed by', () => {
  const tally = new Tally();
  tally.add('kill before', 'dynamodb', 'one');
  tally.add('kill before', 'dynamodb', 'two');
  tally.add('event twice', 'sqs');
  expect(tally.rows((subject) => subject === 'two')).toEqual([
    { misfortune: 'event twice', service: 'sqs', injected: 1, survived: 1 },
    { misfortune: 'kill before', service: 'dynamodb', injected: 2, survived: 1 },
  ]);
});
