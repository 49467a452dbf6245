import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexedDocument, VectorIndex } from '../../../lambdas/clients/vector-index.ts';
import { searchResponseSchema } from '../../../lambdas/contracts/api.ts';
import { entityKey } from '../../../lambdas/contracts/entity-key.ts';
import type { EntityLabel } from '../../../lambdas/contracts/models.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';
import { stemsOf } from '../../../lambdas/search/analysis.ts';
import { parseQuery } from '../../../lambdas/search/parse-query.ts';
import { plainReading } from '../../../lambdas/search/plain-reading.ts';
import { type SearchClients, searchArchive } from '../../../lambdas/search/search-archive.ts';
import { deadlineMilliseconds } from '../../../lambdas/search/settings.ts';
import { newsroom } from './newsroom.ts';
import { assetIdOf, hashingEmbedding, testIndexBody } from './sample-documents.ts';
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
    relatedWords: () => Promise.reject(new Error('nothing tells of single words here')),
    rerank: answering(({ documents }) => ({ model: 'rerank-late-interaction', scores: documents.map(() => 0.5) })),
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

describe('an answer by an embedding model', () => {
  it('that nothing was fitted for says so, and one by words alone does not', async () => {
    expect((await search({ q: 'harbour at dawn' })).query.notFittedFor).toBe('hashing 1');
    expect((await search({ q: 'harbour at dawn' }, { embed: silent })).query.notFittedFor).toBeUndefined();
  });
});

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
    expect(video).toMatchObject({ assetKind: 'video', matchCount: 3 });
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

  it('find by an entity alone, whichever label a reader or a model gave it', async () => {
    for (const entity of ['LOC:lisbon', 'ORG:lisbon', 'LOC:LISBON'])
      expect(await titles({ entity })).toEqual(['Fishing boats at dawn']);
  });
});

describe('facet counts', () => {
  it('are how many assets are left when the value is filtered by', async () => {
    const { facets, total } = await search({ q: '', size: '50' });
    const left = async (filter: Record<string, string>) => (await search({ q: '', size: '50', ...filter })).total;
    expect(facets.entities.map(({ text }) => text).sort()).toEqual(['Lena Okafor', 'Lisbon', 'Valparaíso']);
    for (const [type, count] of Object.entries(facets.types))
      expect([type, await left({ type })]).toEqual([type, count]);
    for (const [desk, count] of Object.entries(facets.desks))
      expect([desk, await left({ desk })]).toEqual([desk, count]);
    for (const { label, key, count } of facets.entities) expect(await left({ entity: `${label}:${key}` })).toBe(count);
    expect(Object.values(facets.types).reduce((sum, count) => sum + count, 0)).toBe(total);
  });

  it('are of the hits, near misses left out', async () => {
    const { facets, total, hits, nearMisses } = await search({ q: 'fishing boats in lisbon' });
    expect(hits.length).toBeGreaterThan(0);
    expect(nearMisses.length).toBeGreaterThan(0);
    expect(Object.values(facets.types).reduce((sum, count) => sum + count, 0)).toBe(total);
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

describe('parts that hang', () => {
  const hanging = { invokeJson: (() => new Promise(() => {})) as never };

  it('are given up one by one, and the answer comes within the deadlines', async () => {
    const startedAt = performance.now();
    const answer = await search({ q: 'harbour at dawn' }, { embed: hanging, entities: hanging, rerank: hanging });
    const { embed, rerank, words, fill } = deadlineMilliseconds;
    expect(performance.now() - startedAt).toBeLessThan(embed + rerank + words + fill);
    expect(answer.hits[0]?.title).toBe('Fishing boats at dawn');
    expect(answer.degraded.map(({ part }) => part)).toEqual(expect.arrayContaining(['embed', 'entities', 'rerank']));
    for (const { reason } of answer.degraded) expect(reason).toMatch(/no answer within \d+ ms/);
  });

  it('are one retriever or the other: the index’s k-NN search, its words, its counts', async () => {
    const without = (kind: string): SearchClients['index'] => ({
      scores: (...asked) => clients.index.scores(...asked),
      vectorOf: (...asked) => clients.index.vectorOf(...asked),
      search: (body, limit) =>
        JSON.stringify(body).includes(kind)
          ? Promise.reject(new Error('shard failed'))
          : clients.index.search(body, limit),
    });
    const byWords = await search({ q: 'harbour at dawn' }, { index: without('"knn"') });
    expect(byWords.degraded.map(({ part }) => part)).toEqual(['vectors']);
    const byMeaning = await search(
      { q: 'boats leave the harbour at dawn' },
      { index: without('cross_fields","fields') },
    );
    expect(byMeaning.degraded.map(({ part }) => part)).toEqual(['words']);
    const uncounted = await search({ q: 'harbour at dawn' }, { index: without('"aggs"') });
    expect(uncounted).toMatchObject({ underFilters: null, degraded: [{ part: 'counts' }] });
    for (const { hits } of [byWords, byMeaning, uncounted]) expect(hits[0]?.title).toBe('Fishing boats at dawn');
  });
});

describe('counts', () => {
  it('say how many were ranked and how many lie under the filters', async () => {
    const { underFilters, total, indexFreshness } = await search({ q: 'match', desk: 'sport' });
    expect(underFilters).toEqual({ assets: 2, documents: 4 });
    expect(total).toBeLessThanOrEqual(2);
    expect(indexFreshness).toEqual({ newestArrivedAt: '2026-05-01T10:00:00.000Z', visibleWithinSeconds: 60 });
  });

  it('do not tell of an embargoed arrival', async () => {
    const { underFilters } = await search({ q: 'budget', desk: 'politics' });
    expect(underFilters).toEqual({ assets: 1, documents: 1 });
  });
});

describe('similar', () => {
  it('finds what is near a document, without it, nearest first', async () => {
    const shot = `${assetIdOf('Cup final, whole match')}.shot.0`;
    const { hits, query } = await search({ similar: shot });
    expect(query.weights).toMatchObject({ lexical: 0, vector: 1 });
    expect(hits[0]?.title).toBe('Cup final, whole match');
    const ids = hits.flatMap(({ matches }) => matches.map(({ documentId }) => documentId));
    expect(ids).not.toContain(shot);
    const scores = hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('knows no document under embargo', async () => {
    const similar = `${assetIdOf('Budget surplus')}.passage.0`;
    await expect(search({ similar })).rejects.toMatchObject({ status: 404 });
    const later = await search({ similar }, {}, new Date('2026-06-02T00:00:00Z'));
    expect(later.hits.length).toBeGreaterThan(0);
  });
});

describe('switches', () => {
  it('leave one retriever, the reranker and the line out', async () => {
    const byWords = await search({ q: 'harbour at dawn', off: 'vector,rerank,cutoff' });
    expect(byWords.query.models).toEqual({ entities: 'hashing 1' });
    expect(byWords.line).toBeNull();
    for (const { matches } of byWords.hits) expect(matches[0]?.explanation.vectorScore).toBeNull();
    const byMeaning = await search({ q: 'harbour at dawn', off: 'lexical,rerank,entities' });
    for (const { matches } of byMeaning.hits) expect(matches[0]?.explanation.lexicalScore).toBeNull();
    expect(byMeaning.degraded).toEqual([]);
  });

  it('fuse by ranks instead', async () => {
    const { query, hits } = await search({ q: 'harbour at dawn', fusion: 'rrf' });
    expect(query.weights.fusion).toBe('rrf');
    expect(hits[0]?.title).toBe('Fishing boats at dawn');
  });
});

describe('explanation', () => {
  it('tells the words by field as they are written, and the ranks of every stage', async () => {
    const { hits } = await search({ q: 'fishing boat in lisbon' });
    expect(hits[0]?.matches[0]?.explanation).toMatchObject({
      words: { title: ['Fishing', 'boats'], text: ['Boats'], place: ['Lisbon'] },
      finalRank: 1,
      rerankRank: expect.any(Number),
    });
    expect(hits[0]?.confidence).toBeGreaterThan(0.5);
  });

  it('agrees with the index about what one word is', async () => {
    const text =
      "The mayor's fishermen were singing in Zürich’s harbours: 3.5 million boats, 東京, co-operation & U.S. skies";
    const answer = await fetch(`${node.upstream}/archive/_analyze`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ analyzer: 'english', text }),
    });
    const { tokens } = (await answer.json()) as { tokens: { token: string }[] };
    expect([...stemsOf(text).keys()]).toEqual([...new Set(tokens.map(({ token }) => entityKey(token)))]);
  });
});

describe('cursors', () => {
  it('lead through all pages of one search and no other', async () => {
    const first = await search({ q: '', size: '4' });
    expect(first.nextCursor).toBeDefined();
    const second = await search({ q: '', size: '4', cursor: first.nextCursor ?? '' });
    expect(second.page).toBe(2);
    expect(second.hits[0]?.assetId).not.toBe(first.hits[0]?.assetId);
    expect(() => parseQuery({ q: 'boats', size: '4', cursor: first.nextCursor ?? '' })).toThrow(/does not belong/);
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
