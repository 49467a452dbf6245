import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { type IndexAssetClients, indexAsset } from '../../lambdas/index/index-asset.ts';
import { handler as sweep } from '../../lambdas/index/sweep-doubles.lambda.ts';
import { filtersOf } from '../../lambdas/search/filters.ts';
import { retrieveNewest } from '../../lambdas/search/retrieve.ts';
import { inMemoryBucket } from '../lambdas/support/in-memory-bucket.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';
import { assetIdOf, onlyVersion, sampleDocument, testIndexBody } from './search/sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search/search-node.ts';

/** The longest that a collection was seen to take. */
const visibilityMilliseconds = 60_000;
/** Double and deletion each come to light within one refresh; the rest is for a busy machine. */
const deadlineMilliseconds = 4 * visibilityMilliseconds;

class EndsBeforeConfirming extends AssetLedger {
  override confirmDocument(): Promise<never> {
    return Promise.reject(new Error('the process ended'));
  }
}

let emulator: CloudEmulator;
let table: LedgerTable;
let node: SearchNode;
let ledger: AssetLedger;
let index: VectorIndex;

beforeAll(async () => {
  useLocalCredentials();
  emulator = await startCloudEmulator();
  table = await createLedgerTable(emulator, 'ledger');
  ledger = new AssetLedger(table);
  node = await startSearchNode({ visibilityMilliseconds });
  index = new VectorIndex({ endpoint: node.endpoint, indexName: 'archive', region: 'us-east-1' });
  await index.prepare(testIndexBody());
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.endpoint,
    [environmentNames.ledgerTable]: table.tableName,
    [environmentNames.vectorIndexEndpoint]: node.endpoint,
    [environmentNames.embedVersions]: onlyVersion(index.indexName),
  });
});
afterAll(async () => {
  await node?.stop();
  await emulator?.stop();
});

const context = { getRemainingTimeInMillis: () => 120_000 } as Context;
const assetId = assetIdOf('story');
const documents = ['Boats leave the harbour.', 'The harbour is empty.'].map((text, ordinal) => ({
  ...sampleDocument('Harbour', text, { assetId, kind: 'passage', assetKind: 'story', ordinal }),
  documentId: `${assetId}.passage.${ordinal}`,
}));
const documentIds = documents.map(({ documentId }) => documentId);

async function admitted() {
  const original = { bucket: 'originals', key: 'incoming/news/a.txt' };
  await ledger.claimAsset({
    ...{ assetId, kind: 'story', desk: 'news', stem: 'incoming/news/a', fileName: 'a.txt', mediaType: 'text/plain' },
    ...{ bytes: 1, original },
  });
  const derived = inMemoryBucket('derived');
  derived.put('documents.json', JSON.stringify({ assetId, attempt: 1, documents }));
  const input = { assetId, attempt: 1, kind: 'story' as const, desk: 'news', original, documentsKey: 'documents.json' };
  const clients: IndexAssetClients = {
    derived: derived.bucket,
    ledger,
    index,
    clock: { now: () => new Date(), wait: (milliseconds) => delay(milliseconds) },
    leaseSeconds: () => 60,
    inVersion: async (found) => [...found],
    everywhere: { ledger, index },
  };
  return { input, clients };
}

describe('documents that were written twice, where a write comes to light after a minute', () => {
  it('are never seen twice by a reader, and are single again one look after they came to light', async () => {
    const { input, clients } = await admitted();
    await expect(indexAsset({ ...clients, ledger: new EndsBeforeConfirming(table) }, input)).rejects.toThrow(
      'the process ended',
    );
    // Its look is over before anything comes to light, as with a collection that takes longer than ever seen.
    const late = () => new Date(Date.now() + visibilityMilliseconds);
    await indexAsset({ ...clients, clock: { ...clients.clock, now: late } }, input);

    let mostCopies = 0;
    let sweepsAfterLight = 0;
    let deleted = 0;
    const started = Date.now();
    for (;;) {
      const copies = await index.findByDocumentIds(documentIds);
      mostCopies = Math.max(mostCopies, copies.length);
      const { candidates, survey } = await retrieveNewest(index, filtersOf({}, new Date()));
      expect(new Set(candidates.map(({ document }) => document.documentId)).size).toBe(candidates.length);
      expect(survey?.documents ?? 0).toBeLessThanOrEqual(documents.length);
      if (deleted >= documents.length && copies.length === documents.length) break;
      if (mostCopies > documents.length && deleted < mostCopies - documents.length) sweepsAfterLight += 1;
      for (const report of await sweep({ scope: 'suspects' }, context)) deleted += report.deleted;
      if (Date.now() - started > deadlineMilliseconds) throw new Error(`${copies.length} copies are left`);
      await delay(1_000);
    }
    // Doubles that come to light in different refreshes are met by a look each.
    expect(mostCopies).toBeGreaterThan(documents.length);
    expect(sweepsAfterLight).toBeLessThanOrEqual(documents.length);
    const owned = (await ledger.listDocuments(assetId)).map(({ indexId }) => indexId).sort();
    const left = (await index.findByDocumentIds(documentIds)).map(({ indexId }) => indexId).sort();
    expect(left).toEqual(owned);
    expect(await sweep({ scope: 'whole index' }, context)).toMatchObject([{ seen: 2, deleted: 0, isWhole: true }]);
  }, 300_000);
});
