import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexedDocument, VectorIndex } from '../../../lambdas/clients/vector-index.ts';
import { searchResponseSchema } from '../../../lambdas/contracts/api.ts';
import type { EntityLabel } from '../../../lambdas/contracts/models.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';
import { parseQuery } from '../../../lambdas/search/parse-query.ts';
import { plainReading } from '../../../lambdas/search/plain-reading.ts';
import { type SearchClients, searchArchive } from '../../../lambdas/search/search-archive.ts';
import { newsroom } from './newsroom.ts';
import { hashingEmbedding, testIndexBody } from './sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search-node.ts';

const now = new Date('2026-05-10T12:00:00Z');
const identity = { model: 'hashing', version: '1' };
let node: SearchNode;
let clients: SearchClients;

const names: [string, EntityLabel][] = [
  ['lena okafor', 'PER'],
  ['lisbon', 'LOC'],
];
const answering = (answer: (request: { texts: string[]; documents: string[] }) => unknown) => ({
  invokeJson: (async (request: { texts: string[]; documents: string[] }) => ({
    ...identity,
    ...(answer(request) as object),
  })) as never,
});
const silent = {
  invokeJson: (async () => {
    throw new RetryableError('EndpointUnavailableError', 'embed did not answer within 2500 ms');
  }) as never,
};

const search = async (parameters: Record<string, string>, changes: Partial<SearchClients> = {}, at = now) =>
  searchResponseSchema.parse(await searchArchive({ ...clients, ...changes }, parseQuery(parameters), at));
const titles = async (...asked: Parameters<typeof search>) => (await search(...asked)).hits.map(({ title }) => title);

beforeAll(async () => {
  useLocalCredentials();
  node = await startSearchNode({ visibilityMilliseconds: 100 });
  const index = new VectorIndex({ endpoint: node.endpoint, indexName: 'archive', region: 'us-east-1' });
  await index.prepare(testIndexBody());
  const write = { contentSha256: 'a'.repeat(64), writtenAt: '2026-05-01T10:00:00Z' };
  await index.bulkIndex(newsroom.map((document) => indexedDocument(document, write)));
  clients = {
    index,
    read: async (text) => plainReading(text),
    embed: answering(({ texts }) => ({ vectors: texts.map(hashingEmbedding) })),
    entities: answering(({ texts }) => ({
      entities: texts.map((text) =>
        names
          .filter(([name]) => text.toLowerCase().includes(name))
          .map(([name, label]) => ({ text: name, label, start: 0, end: name.length, score: 0.9 })),
      ),
    })),
    rerank: answering(({ documents }) => ({ model: 'rerank-late-interaction', scores: documents.map(() => 0.5) })),
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

describe('searching a small newsroom', () => {
  it.each([
    ['harbour at dawn', 'Fishing boats at dawn'],
    ['lena okafor', 'Okafor wins the marathon'],
    ['LENA OKAFOR', 'Okafor wins the marathon'],
    ['okafor', 'Okafor wins the marathon'],
    ['valparaiso', 'Earthquake drill in Valparaíso'],
    ['Valparaíso', 'Earthquake drill in Valparaíso'],
    ['referee shows a red card', 'Cup final, whole match'],
    ['strike at the tram depot', 'Tram drivers walk out'],
  ])('finds by "%s"', async (q, title) => {
    expect((await titles({ q }))[0]).toBe(title);
  });

  it('groups the shots of a video under it, best first, with timecodes and thumbnails', async () => {
    const { hits } = await search({ q: 'cup final: the referee shows a red card' });
    const [video] = hits;
    expect(video).toMatchObject({ assetKind: 'video', matchCount: 2 });
    expect(video?.matches[0]).toMatchObject({
      kind: 'shot',
      text: 'The referee shows a red card.',
      shot: { startTimecode: '00:00:10:00' },
      thumbnailUrl: expect.stringContaining('thumbnails/1.webp'),
    });
  });

  it('explains each place by both retrievers, and names the entities that matched', async () => {
    const { hits, query } = await search({ q: 'lena okafor' });
    expect(query.understanding.entities).toMatchObject([{ key: 'lena okafor', label: 'PER', source: 'model' }]);
    expect(query.weights.lexical + query.weights.vector).toBeCloseTo(1);
    expect(hits[0]?.matches[0]?.explanation).toMatchObject({
      lexicalRank: 1,
      vectorRank: expect.any(Number),
      vectorScore: expect.any(Number),
      fusedRank: 1,
      matchedEntities: ['Lena Okafor'],
    });
  });

  it('fills in the cosine of a document that only the words found', async () => {
    const { hits } = await search({ q: 'tram' });
    for (const match of hits.flatMap((hit) => hit.matches)) expect(match.explanation.vectorScore).not.toBeNull();
  });

  it('answers nothing where nothing has to do with the query', async () => {
    const answer = await search({ q: 'zygomorphic semiconductors' });
    expect(answer).toMatchObject({ hits: [], total: 0 });
  });
});

describe('what must not be found', () => {
  it('keeps an embargoed story in until its moment', async () => {
    const q = 'budget surplus announced';
    expect(await titles({ q })).not.toContain('Budget surplus');
    const later = new Date('2026-06-02T00:00:00Z');
    expect((await titles({ q }, {}, later))[0]).toBe('Budget surplus');
  });

  it('never finds the withheld, by words, meaning or an empty query', async () => {
    for (const q of ['unverified leak from the ministry', 'leak', ''])
      expect(await titles({ q, size: '50' })).not.toContain('Unverified leak');
  });

  it('keeps both out of facets and totals', async () => {
    const { facets, total } = await search({ q: '', size: '50' });
    expect(facets.desks['politics']).toBe(1);
    expect(total).toBe(Object.values(facets.types).reduce((sum, count) => sum + count, 0));
  });
});

describe('filters', () => {
  it('hold for both retrievals', async () => {
    const ofType = await search({ q: 'boats', type: 'story' });
    expect(ofType.hits.every(({ assetKind }) => assetKind === 'story')).toBe(true);
    const ofDesk = await search({ q: 'match', desk: 'sport' });
    expect(ofDesk.hits.length).toBeGreaterThan(0);
    expect(ofDesk.hits.every(({ desk }) => desk === 'sport')).toBe(true);
  });

  it('take the last day whole', async () => {
    const day = { q: 'harbour', from: '2026-04-20', to: '2026-04-20' };
    expect(await titles(day)).toContain('Fishing boats at dawn');
    expect(await titles({ ...day, from: '2026-04-21', to: '2026-04-30' })).not.toContain('Fishing boats at dawn');
  });

  it('find by an entity alone', async () => {
    expect(await titles({ entity: 'LOC:lisbon' })).toEqual(['Fishing boats at dawn']);
  });
});

describe('doubles and older attempts', () => {
  it('count once, the newest', async () => {
    const { hits } = await search({ q: 'lighthouse' });
    const found = hits.filter(({ title }) => title === 'Lighthouse');
    expect(found.map(({ matchCount }) => matchCount)).toEqual([1]);
    expect(found[0]?.matches.map(({ text }) => text)).toEqual(['The lighthouse, repainted.']);
  });
});

describe('paging', () => {
  it('shows each asset once over all pages, newest first where nothing is asked', async () => {
    const seen: string[] = [];
    for (let page = 1; page <= 8; page++) seen.push(...(await titles({ q: '', page: String(page), size: '4' })));
    const { total, isTotalExact } = await search({ q: '' });
    expect(isTotalExact).toBe(true);
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
    expect(seen[0]).toBe('Newest of all');
  });
});

describe('degraded', () => {
  it('answers by words alone where the embedder is silent, and says so', async () => {
    const answer = await search({ q: 'harbour at dawn' }, { embed: silent });
    expect(answer.hits[0]?.title).toBe('Fishing boats at dawn');
    expect(answer.query.weights).toMatchObject({ lexical: 1, vector: 0 });
    expect(answer.degraded).toEqual([{ part: 'embed', reason: expect.stringContaining('words alone') }]);
  });

  it('keeps the fused order where the reranker is silent, and still finds names where NER is', async () => {
    const answer = await search({ q: 'lena okafor' }, { rerank: silent, entities: silent });
    expect(answer.hits[0]?.title).toBe('Okafor wins the marathon');
    expect(answer.degraded.map(({ part }) => part).sort()).toEqual(['entities', 'rerank']);
  });

  it('fails by name where the index is silent', async () => {
    const index = new VectorIndex({ endpoint: 'http://127.0.0.1:9', indexName: 'archive', region: 'us-east-1' });
    await expect(search({ q: 'boats' }, { index })).rejects.toMatchObject({ name: 'SearchIndexUnavailableError' });
  });
});

describe('hostile queries', () => {
  it.each([
    'title:* AND _exists_:withheld',
    '"unclosed',
    '/.*[a-/',
    '{"match_all":{}}',
    '<script>alert(1)</script>',
    '((((((((((((((((((((',
    'a '.repeat(256),
    '\u202egnp.exe\u0007',
    '🛳️',
    '*',
    '-',
  ])('are only text: %j', async (q) => {
    const answer = await search({ q });
    expect(answer.degraded).toEqual([]);
    expect(answer.hits.map(({ title }) => title)).not.toContain('Unverified leak');
  });
});
