import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writtenDocument } from '../../../lambdas/clients/vector-index/indexed-document.ts';
import { indexedDocument, VectorIndex } from '../../../lambdas/clients/vector-index.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';
import { hashingEmbedding, sampleDocument, testIndexBody } from './sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search-node.ts';

/** Longer than a busy machine needs to ask at once. */
const visibilityMilliseconds = 2000;
const write = { contentSha256: 'a'.repeat(64), writtenAt: '2026-05-01T10:00:00Z' };
let node: SearchNode;
let index: VectorIndex;

const clientFor = (service: 'aoss' | 'es', region: string, secretAccessKey: string) =>
  new Client({
    ...AwsSigv4Signer({ region, service, getCredentials: async () => ({ accessKeyId: 'test', secretAccessKey }) }),
    node: node.endpoint,
    maxRetries: 0,
  });
const statusOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 200,
    (error: { statusCode?: number }) => error.statusCode ?? 0,
  );

async function eventually<Value>(read: () => Promise<Value>, isRight: (value: Value) => boolean): Promise<Value> {
  for (let round = 0; ; round++) {
    const value = await read();
    if (isRight(value) || round > 50) return value;
    await delay(100);
  }
}

beforeAll(async () => {
  useLocalCredentials();
  node = await startSearchNode({ visibilityMilliseconds });
  index = new VectorIndex({ endpoint: node.endpoint, indexName: 'archive', region: 'us-east-1' });
  await index.prepare(testIndexBody());
});
afterAll(() => node?.stop());

describe('the vector index behind its facade', () => {
  it('is prepared again without harm', async () => {
    await expect(index.prepare(testIndexBody())).resolves.toBeUndefined();
  });

  it('answers that it compares by faiss, though a Lucene graph does it here', async () => {
    const { body } = await clientFor('aoss', 'us-east-1', 'test').indices.getMapping({ index: 'archive' });
    expect(JSON.stringify(body)).toContain('"engine":"faiss"');
    expect(await (await fetch(`${node.upstream}/archive/_mapping`)).text()).toContain('"engine":"lucene"');
  });

  it('gives each document an id of its own and shows it after a while', async () => {
    const document = sampleDocument('Harbour at dawn', 'Fishing boats leave the harbour.');
    const written = await index.bulkIndex([indexedDocument(document, write)]);
    expect(written).toEqual([{ documentId: document.documentId, indexId: expect.any(String) }]);
    const seenAtOnce = await index.findByDocumentIds([document.documentId]);
    expect(seenAtOnce).toEqual([]);
    const found = await eventually(
      () => index.findByDocumentIds([document.documentId]),
      (copies) => copies.length > 0,
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.document.text).toBe('Fishing boats leave the harbour.');
    expect(found[0]?.document).not.toHaveProperty('vector');
  });

  it('names itself in its ids where it is told to, and deletes by such an id through another index’s client', async () => {
    const qualified = new VectorIndex({
      ...{ endpoint: node.endpoint, indexName: 'archive-next', region: 'us-east-1', hasQualifiedIds: true },
    });
    await qualified.prepare(testIndexBody());
    const document = sampleDocument('Lighthouse', 'A lighthouse keeper paints the railing.');
    const [written] = await qualified.bulkIndex([indexedDocument(document, write)]);
    const indexId = written && 'indexId' in written ? written.indexId : '';
    expect(indexId).toMatch(/^archive-next\/./);
    const found = await eventually(
      () => qualified.findByDocumentIds([document.documentId]),
      (copies) => copies.length > 0,
    );
    expect(found.map((copy) => copy.indexId)).toEqual([indexId]);
    expect(await index.deleteByIds([indexId])).toBe(1);
    expect(
      await eventually(
        () => qualified.findByDocumentIds([document.documentId]),
        (copies) => copies.length === 0,
      ),
    ).toEqual([]);
  });

  it('shows documents that were written before what is shown had a field of its own', async () => {
    const body = testIndexBody();
    const properties = { ...Object(body.mappings['properties']), source: { type: 'object', enabled: false } };
    const earlier = new VectorIndex({ endpoint: node.endpoint, indexName: 'archive-earlier', region: 'us-east-1' });
    await earlier.prepare({ ...body, mappings: { ...body.mappings, properties } });
    const [first, second] = ['Old form', 'New form'].map((title) => sampleDocument(title, 'A ferry lands.'));
    if (!first || !second) throw new Error('two documents were made');
    const client = clientFor('aoss', 'us-east-1', 'test');
    const old = [{ index: { _index: 'archive-earlier' } }, indexedDocument(first, write)];
    await client.bulk({ body: old as never });
    await earlier.bulkIndex([indexedDocument(second, write)]);
    const { found } = await eventually(
      () => earlier.search({ query: { match: { text: 'ferry' } }, size: 5 }),
      (answer) => answer.found.length === 2,
    );
    expect(found.map(({ document }) => document.title).sort()).toEqual(['New form', 'Old form']);
  });

  it('finds the nearest vector inside a filter', async () => {
    const near = sampleDocument('Snow on the pass', 'A plough clears the snow.', { desk: 'sport' });
    const other = sampleDocument('Snow on the roofs', 'A plough clears the snow.', { desk: 'world' });
    await index.bulkIndex([near, other].map((document) => indexedDocument(document, write)));
    const vector = hashingEmbedding('A plough clears the snow');
    const query = { knn: { vector: { vector, k: 5, filter: { term: { desk: 'world' } } } } };
    const { found } = await eventually(
      () => index.search({ query, size: 5 }),
      (answer) => answer.found.length > 0,
    );
    expect(found.map(({ document }) => document.title)).toEqual(['Snow on the roofs']);
  });

  it('walks over all documents with every copy of a document, and deletes by the ids it gave', async () => {
    const document = sampleDocument('Twice', 'Written twice.');
    const copies = await index.bulkIndex([indexedDocument(document, write), indexedDocument(document, write)]);
    const ids = copies.map((copy) => ('indexId' in copy ? copy.indexId : ''));
    await eventually(
      () => index.findByDocumentIds([document.documentId]),
      (found) => found.length === 2,
    );
    const walked = [];
    for await (const page of index.documentsInOrder()) walked.push(...page.map(({ indexId }) => indexId));
    expect(walked).toEqual(expect.arrayContaining(ids));
    expect(await index.deleteByIds(ids)).toBe(2);
    expect(await index.deleteByIds(ids)).toBe(0);
    const left = await eventually(
      () => index.findByDocumentIds([document.documentId]),
      (found) => found.length === 0,
    );
    expect(left).toEqual([]);
  });

  it('says which document of a request the mapping refused', async () => {
    const good = indexedDocument(sampleDocument('Good', 'Good.'), write);
    const bad = { ...indexedDocument(sampleDocument('Bad', 'Bad.'), write), vector: [1, 2, 3] };
    const results = await index.bulkIndex([good, bad]);
    expect(results[0]).toHaveProperty('indexId');
    expect(results[1]).toMatchObject({ status: 400, reason: expect.stringContaining('[vector]') });
  });

  it('is a fault that passes where nobody answers', async () => {
    const nowhere = new VectorIndex({ endpoint: 'http://127.0.0.1:9', indexName: 'archive', region: 'us-east-1' });
    const call = nowhere.search({ query: { match_all: {} }, size: 1 });
    await expect(call).rejects.toBeInstanceOf(RetryableError);
    await expect(call).rejects.toMatchObject({ name: 'SearchIndexUnavailableError' });
  });
});

describe('the facade', () => {
  it('takes only requests that are signed for aoss in its region with the right key', async () => {
    const body = { query: { match_all: {} } };
    const search = (client: Client) => statusOf(client.search({ index: 'archive', body }));
    expect(await search(clientFor('aoss', 'us-east-1', 'test'))).toBe(200);
    expect(await search(clientFor('es', 'us-east-1', 'test'))).toBe(403);
    expect(await search(clientFor('aoss', 'eu-west-1', 'test'))).toBe(403);
    expect(await search(clientFor('aoss', 'us-east-1', 'wrong'))).toBe(403);
    expect((await fetch(`${node.endpoint}/archive/_search`)).status).toBe(403);
  });

  it('refuses what a vector collection refuses', async () => {
    const client = clientFor('aoss', 'us-east-1', 'test');
    const body = { query: { match_all: {} } };
    expect(await statusOf(client.indices.refresh({ index: 'archive' }))).toBe(404);
    expect(await statusOf(client.deleteByQuery({ index: 'archive', body }))).toBe(404);
    expect(await statusOf(client.updateByQuery({ index: 'archive', body }))).toBe(404);
    expect(await statusOf(client.search({ index: 'archive', scroll: '1m' }))).toBe(400);
    expect(await statusOf(client.index({ index: 'archive', refresh: true, body: {} }))).toBe(400);
    expect(await statusOf(client.index({ index: 'archive', id: '1', body: {} }))).toBe(400);
    expect(await statusOf(client.cluster.health())).toBe(404);
    expect(await statusOf(client.nodes.info())).toBe(404);
  });

  it('answers a custom id in a bulk request beside the others, item by item', async () => {
    const client = clientFor('aoss', 'us-east-1', 'test');
    const document = writtenDocument(indexedDocument(sampleDocument('Bulk', 'Bulk.'), write));
    const lines = [{ index: { _index: 'archive', _id: 'mine' } }, document, { index: { _index: 'archive' } }, document];
    const { body } = await client.bulk({ body: lines });
    expect(body.errors).toBe(true);
    expect(body.items.map((item) => item.index?.status)).toEqual([400, 201]);
  });
});
