import { setTimeout as delay } from 'node:timers/promises';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexedDocument, VectorIndex } from '../../../lambdas/clients/vector-index.ts';
import { problemSchema, searchResponseSchema } from '../../../lambdas/contracts/api.ts';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { type SearchNode, startSearchNode, takeLocalCredentials } from '../../../local/search/own-node.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from '../cloud-emulator.ts';
import { newsroom } from './newsroom.ts';
import { inOtherScripts, otherScripts } from './other-scripts.ts';
import { onlyVersion, testIndexBody } from './sample-documents.ts';

let emulator: CloudEmulator;
let node: SearchNode;
let handler: typeof import('../../../lambdas/search/search-archive.lambda.ts').handler;

/** The handler itself on a real index and ledger, while no model answers: nothing listens where it looks for them. */
beforeAll(async () => {
  takeLocalCredentials();
  [emulator, node] = await Promise.all([startCloudEmulator(), startSearchNode({ visibilityMilliseconds: 100 })]);
  const { tableName } = await createLedgerTable(emulator, 'ledger');
  const index = new VectorIndex({ endpoint: node.endpoint, indexName: 'archive', region: 'us-east-1' });
  await index.prepare(testIndexBody());
  const write = { contentSha256: 'a'.repeat(64), writtenAt: '2026-05-01T10:00:00Z' };
  // Embargoed until long after this test runs.
  const held = newsroom.map((document) =>
    document.rights.embargoUntil === undefined
      ? document
      : { ...document, rights: { ...document.rights, embargoUntil: '2999-01-01T00:00:00Z' } },
  );
  const documents = [...held, ...otherScripts];
  await index.bulkIndex(documents.map((document) => indexedDocument(document, write)));
  Object.assign(process.env, {
    ...Object.fromEntries(Object.values(environmentNames).map((name) => [name, process.env[name] ?? 'none'])),
    [environmentNames.vectorIndexEndpoint]: node.endpoint,
    [environmentNames.embedVersions]: onlyVersion('archive'),
    [environmentNames.ledgerTable]: tableName,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_DYNAMODB: emulator.endpoint,
    POWERTOOLS_DEV: 'false',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  ({ handler } = await import('../../../lambdas/search/search-archive.lambda.ts'));
  for (let round = 0; round < 100; round++) {
    const { total } = await index.search({ query: { match_all: {} }, size: 1, track_total_hits: true });
    if (total === documents.length) return;
    await delay(100);
  }
  throw new Error('the documents did not become visible');
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  delete process.env['AWS_ENDPOINT_URL_DYNAMODB'];
  await node?.stop();
  await emulator?.stop();
});

const ask = async (queryStringParameters: Record<string, string>) => {
  const answer = await handler({ queryStringParameters } as unknown as APIGatewayProxyEventV2);
  return { status: answer.statusCode ?? 0, body: answer.body ?? '' };
};
const secrets = /Unverified leak|Budget surplus|, held\)/;
const many = (item: (at: number) => string) => Array.from({ length: 10_000 }, (_, at) => item(at)).join(',');

describe('bad requests', () => {
  it.each([
    ['a query of 10,000 characters', { q: 'x'.repeat(10_000) }],
    ['ten thousand names', { entity: many((at) => `PER:p${at}`) }],
    ['ten thousand desks', { desk: many((at) => `d${at}`) }],
    ['a forged cursor', { q: 'boats', cursor: Buffer.from('2.AAAAAAAAAAAAAAAA').toString('base64url') }],
    ['a cursor of rubbish', { cursor: '../../etc/passwd' }],
    ['a size above the range', { size: '51' }],
    ['a size far above the range', { size: '10000' }],
    ['a size beyond all integers', { size: '99999999999999999999' }],
    ['a size of nought', { size: '0' }],
    ['a size below nought', { size: '-1' }],
    ['a size of a fraction', { size: '2.5' }],
    ['a size that is no number', { size: 'NaN' }],
    ['a page before the first', { page: '0' }],
    ['a page after the last', { page: '51' }],
    ['a page of a fraction', { page: '1.5' }],
    ['a page of infinity', { page: '1e999' }],
    ['a day that does not exist', { from: '2024-02-31' }],
    ['days in the wrong order', { from: '2024-03-01', to: '2024-02-01' }],
    ['an unknown type', { type: 'podcast' }],
    ['a desk with a path in it', { desk: '../sport' }],
    ['a switch that does not exist', { off: 'embargo' }],
    ['an entity without a label', { entity: 'lisbon' }],
    ['words and a document at once', { q: 'boats', similar: 'a' }],
  ])('%s: a 400 with a sentence', async (_, parameters) => {
    const { status, body } = await ask(parameters);
    expect(status).toBe(400);
    expect(problemSchema.parse(JSON.parse(body)).message.length).toBeGreaterThan(10);
  });

  it('a document that nobody may find is not found, like one that does not exist', async () => {
    const hidden = newsroom.filter(({ rights }) => rights.withheld || rights.embargoUntil !== undefined);
    const ids = [...hidden.map(({ documentId }) => documentId), 'no such document'];
    const answers = await Promise.all(ids.map((similar) => ask({ similar })));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 404));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });
});

describe('odd requests', () => {
  it.each([
    ['only stop words', 'to be or not to be the of'],
    ['only punctuation', '!?…—"\'()[]{}'],
    ['one emoji', '🛳️'],
    ['many emoji', '👩‍👩‍👧‍👦'.repeat(40)],
    ['right-to-left script', 'ميناء لشبونة عند الفجر'],
    ['right-to-left marks', '\u202Eunverified leak\u202C\u2066budget surplus'],
    ['Chinese and Japanese', '里斯本港口的渔船 リスボンの漁船'],
    ['Lucene operators', 'title:leak AND (_exists_:withheld OR NOT desk:news) ~2 ^5 [* TO *]'],
    ['a query body', '{"query":{"match_all":{}}}'],
    ['HTML', '<img src=x onerror=alert(1)> leak &amp; surplus'],
    ['a null and control characters', 'leak\u0000\u0007\u001b[31m'],
    ['lone surrogates', '\ud800 leak \udfff'],
    [
      '500 different words',
      Array.from({ length: 128 }, (_, at) => `w${at}`)
        .join(' ')
        .slice(0, 512),
    ],
    ['one word of 512 letters', 'x'.repeat(512)],
    ['combining marks', `z${'\u0301'.repeat(300)}`],
    ['unbalanced quotes and minus signs', '"unverified leak -"budget - -- "'],
    ['a hidden title', 'Unverified leak from the ministry'],
    ['another hidden title', 'minister announced a budget surplus'],
    ['nothing', ''],
  ])('%s: a sane answer without what is withheld or embargoed', async (_, q) => {
    const { status, body } = await ask({ q, size: '50' });
    expect(status).toBe(200);
    const answer = searchResponseSchema.parse(JSON.parse(body));
    expect(JSON.stringify([answer.hits, answer.nearMisses, answer.facets])).not.toMatch(secrets);
    const visible = new Set(newsroom.map(({ documentId }) => documentId)).size - 2 + inOtherScripts.length;
    expect(answer.underFilters?.documents ?? visible).toBe(visible);
  });
});

describe('words of other scripts', () => {
  it.each(inOtherScripts)('find what they say: $script', async ({ title, query }) => {
    const { status, body } = await ask({ q: query });
    expect(status).toBe(200);
    const { hits, nearMisses, facets } = searchResponseSchema.parse(JSON.parse(body));
    expect(hits[0]?.title).toBe(title);
    expect(Object.values(hits[0]?.matches[0]?.explanation.words ?? {}).flat().length).toBeGreaterThan(0);
    expect(JSON.stringify([hits, nearMisses, facets])).not.toMatch(secrets);
  });

  it.each(inOtherScripts)('may be excluded and put in quotation marks: $script', async ({ title, query }) => {
    const [first = ''] = query.split(' ');
    for (const q of [`"${query}"`, `-${first}`, `"${query}`, `title:${query}~2`])
      expect((await ask({ q })).status).toBe(200);
    const quoted = searchResponseSchema.parse(JSON.parse((await ask({ q: `"${query}"` })).body));
    expect(quoted.hits.map((hit) => hit.title)).toContain(title);
  });
});

describe('without any model', () => {
  it('answers by words, and names every part that was missing', async () => {
    const { status, body } = await ask({ q: 'fishing boats' });
    const answer = searchResponseSchema.parse(JSON.parse(body));
    expect(status).toBe(200);
    expect(answer.hits[0]?.title).toBe('Fishing boats at dawn');
    expect(answer.degraded.map(({ part }) => part)).toEqual(expect.arrayContaining(['embed', 'entities']));
  });
});
