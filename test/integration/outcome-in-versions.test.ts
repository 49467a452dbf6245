import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { EmbeddingStates } from '../../lambdas/clients/embedding-state.ts';
import { IndexLedger } from '../../lambdas/clients/index-ledger.ts';
import { OwnedCopies } from '../../lambdas/clients/owned-copies.ts';
import { indexedDocument, VectorIndex } from '../../lambdas/clients/vector-index.ts';
import type { EmbedVersion } from '../../lambdas/contracts/embedding.ts';
import { recordOutcome } from '../../lambdas/workflow/record-outcome.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';
import { sampleDocument, testIndexBody } from './search/sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search/search-node.ts';

let emulator: CloudEmulator;
let node: SearchNode;
let table: LedgerTable;
let ledger: AssetLedger;

const version = (number: string): EmbedVersion => ({
  name: 'embed',
  version: number,
  indexName: `documents-${number}`,
  endpointName: 'none',
});
const [first, second] = [version('1'), version('2')];
/** As everywhere: ids of the first index there was are plain, those of another one name it. */
const indexOf = ({ indexName }: EmbedVersion) =>
  new VectorIndex({ endpoint: node.endpoint, indexName, hasQualifiedIds: indexName !== first.indexName });

beforeAll(async () => {
  useLocalCredentials();
  [emulator, node] = await Promise.all([startCloudEmulator(), startSearchNode({ visibilityMilliseconds: 100 })]);
  table = await createLedgerTable(emulator, 'ledger');
  ledger = new AssetLedger(table);
  for (const one of [first, second]) await indexOf(one).prepare(testIndexBody());
  // The first version was current once; then both changed places.
  const states = new EmbeddingStates(table, [first, second]);
  await states.change(await states.read(), { current: second.indexName, other: first.indexName });
}, 300_000);
afterAll(async () => {
  await Promise.all([emulator?.stop(), node?.stop()]);
});

/** An asset with its document in both versions' indexes, owned by the ledger's rows of each. */
async function indexedInBoth(): Promise<string> {
  const words = randomUUID();
  const assetId = createHash('sha256').update(words).digest('hex');
  await ledger.claimAsset({
    assetId,
    kind: 'photo',
    desk: 'sport',
    original: { bucket: 'originals', key: `incoming/sport/${words}.jpg` },
    stem: `incoming/sport/${words}`,
    fileName: `${words}.jpg`,
    mediaType: 'image/jpeg',
    bytes: 1,
  });
  for (const one of [first, second]) {
    const rows = new IndexLedger(table, one === first ? undefined : one.indexName);
    const document = sampleDocument(words, 'The harbour opened again.', { assetId });
    const { documentId } = document;
    const intention = await rows.intendDocument(
      { documentId, assetId, attempt: 1, contentSha256: one.version },
      { leaseSeconds: 60 },
    );
    if (intention.isWritten) throw new Error('nothing was written yet');
    const [written] = await indexOf(one).bulkIndex([
      indexedDocument(document, { contentSha256: one.version, writtenAt: '2026-05-01T10:00:00Z' }),
    ]);
    if (written === undefined || !('indexId' in written)) throw new Error('the index did not take it');
    await rows.confirmDocument(intention.claim, written.indexId);
  }
  return assetId;
}

const copiesIn = async (one: EmbedVersion, assetId: string): Promise<number> =>
  (await indexOf(one).search({ query: { term: { assetId } }, size: 10 })).found.length;

describe('an outcome that takes an asset out of search while two embedding versions stand', () => {
  it.each([
    ['the first index is named first', [first, second]],
    ['the deployment names the first index last', [second, first]],
  ])('takes it out of both, where %s', async (_, deployed) => {
    const assetId = await indexedInBoth();
    await delay(500);
    expect([await copiesIn(first, assetId), await copiesIn(second, assetId)]).toEqual([1, 1]);
    const copies = OwnedCopies.open({ table, endpoint: node.endpoint, deployed: JSON.stringify(deployed) });
    const recorded = await recordOutcome(
      { ledger, copies, failureQueue: { send: async () => {} } as never },
      {
        ...{ assetId, attempt: 1, kind: 'photo', desk: 'sport' },
        ...{ original: { bucket: 'originals', key: 'incoming/sport/a.jpg' } },
        ...{ outcome: 'withdrawn', step: 'describe', reason: 'Killed.' },
      },
    );
    expect(recorded).toMatchObject({ isRecorded: true, documentsRemoved: 2 });
    await delay(500);
    expect([await copiesIn(first, assetId), await copiesIn(second, assetId)]).toEqual([0, 0]);
    expect(await ledger.listDocuments(assetId)).toEqual([]);
  });
});
