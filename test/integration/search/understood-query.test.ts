import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { indexedDocument, VectorIndex } from '../../../lambdas/clients/vector-index.ts';
import { searchResponseSchema } from '../../../lambdas/contracts/api.ts';
import { parseQuery } from '../../../lambdas/search/parse-query.ts';
import { queryReader } from '../../../lambdas/search/query/read-query.ts';
import { Tally } from '../../../lambdas/search/query/tally.ts';
import { vocabularyOf } from '../../../lambdas/search/query/vocabulary.ts';
import { loadedRelatedWords } from '../../../lambdas/search/related-words.ts';
import { type SearchClients, searchArchive } from '../../../lambdas/search/search-archive.ts';
import { places } from '../../../setup/places.ts';
import { newsroom as common } from './newsroom.ts';
import { hashingEmbedding, sampleDocument, testIndexBody } from './sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search-node.ts';

const now = new Date('2026-05-10T12:00:00Z');
const iraq = sampleDocument('Dates from Basra', 'Iraq sells dates again.', { entities: [['Iraq', 'LOC']] });
const newsroom = [...common, iraq];
let node: SearchNode;
let clients: SearchClients;

const answering = (answer: (request: { texts: string[]; documents: string[] }) => object) => ({
  invokeJson: (async (request: { texts: string[]; documents: string[] }) => ({
    model: 'hashing',
    version: '1',
    ...answer(request),
  })) as never,
});

beforeAll(async () => {
  useLocalCredentials();
  node = await startSearchNode({ visibilityMilliseconds: 100 });
  const index = new VectorIndex({ endpoint: node.endpoint, indexName: 'archive', region: 'us-east-1' });
  await index.prepare(testIndexBody());
  const write = { contentSha256: 'a'.repeat(64), writtenAt: '2026-05-01T10:00:00Z' };
  await index.bulkIndex(newsroom.map((document) => indexedDocument(document, write)));
  const tally = new Tally({ documents: 0, names: [], words: [], expansions: [] });
  for (const document of newsroom) tally.add(document);
  const vocabulary = vocabularyOf(tally.counted());
  const knownNames = loadedRelatedWords(places.relatedWords);
  await knownNames();
  clients = {
    index,
    read: queryReader({ vocabulary: async () => vocabulary, zone: 'UTC', knownNames }),
    embed: answering(({ texts }) => ({ vectors: texts.map(hashingEmbedding) })),
    entities: answering(({ texts }) => ({ entities: texts.map(() => []) })),
    relatedWords: () => Promise.reject(new Error('nothing tells of single words here')),
    rerank: answering(({ documents }) => ({ scores: documents.map(() => 0.5) })),
    placesOf: async () => new Map(),
    presignGet: async (key) => `https://derived.invalid/${key}`,
  };
  for (let round = 0; round < 50; round++) {
    const { total } = await index.search({ query: { match_all: {} }, size: 1, track_total_hits: true });
    if (total === newsroom.length) return;
    await delay(100);
  }
  throw new Error('the documents did not become visible');
});
afterAll(() => node?.stop());

const search = async (parameters: Record<string, string>) =>
  searchResponseSchema.parse(
    await searchArchive(clients, parseQuery({ size: '50', off: 'cutoff', ...parameters }), now),
  );
const titles = async (q: string, more: Record<string, string> = {}) =>
  (await search({ q, ...more })).hits.map(({ title }) => title);

it('finds by a name that is misspelt, as its chip says, until the chip is removed', async () => {
  const answer = await search({ q: 'lena okafro' });
  expect(answer.hits[0]?.title).toBe('Okafor wins the marathon');
  const chip = answer.query.understanding.chips.find(({ kind }) => kind === 'spelling');
  expect(chip).toMatchObject({ typed: 'okafro', became: 'spelt okafor' });
  const without = await search({ q: 'lena okafro', ignore: chip?.remove.value ?? '' });
  expect(without.query.understanding.lexicalText).toBe('lena okafro');
});

it('asks for a country that the archive lacks, not for its neighbour', async () => {
  const { chips, lexicalText } = (await search({ q: 'iran' })).query.understanding;
  expect([lexicalText, chips]).toEqual(['iran', []]);
  expect((await search({ q: 'irak' })).hits[0]?.title).toBe('Dates from Basra');
});

it('finds only what holds the words in quotation marks side by side', async () => {
  expect(await titles('"red card"')).toEqual(['Cup final, whole match']);
  expect(await titles('"card red"')).toEqual([]);
  expect((await titles('"card red"', { off: 'cutoff,phrases' })).length).toBeGreaterThan(0);
});

it('leaves out what a minus rules out', async () => {
  expect(await titles('harbour boats')).toContain('Fishing boats at dawn');
  expect(await titles('harbour -dawn')).not.toContain('Fishing boats at dawn');
});

it('shows the newest of what filters leave where nothing else is asked', async () => {
  expect((await titles('-lighthouse'))[0]).toBe('Newest of all');
  const footage = await search({ q: 'video -"the captain lifts"' });
  expect(footage.query.understanding.exclusions).toEqual(['the captain lifts']);
  const april = await search({ q: 'in april 2026' });
  expect(april.query.understanding.filters).toEqual({ from: '2026-04-01', to: '2026-04-30' });
  expect(april.hits.map(({ title }) => title)).toEqual(['Fishing boats at dawn']);
});

it('joins the kind and the dates in the words with the filters of the request', async () => {
  expect(await titles('video of a cup final')).toEqual(['Cup final, whole match']);
  expect(await titles('boats april 2026')).toEqual(['Fishing boats at dawn']);
  expect(await titles('boats april 2026', { from: '2026-04-21' })).toEqual([]);
});
