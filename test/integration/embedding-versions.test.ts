import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { EmbeddingStateError, EmbeddingStates } from '../../lambdas/clients/embedding-state.ts';
import { IndexLedger } from '../../lambdas/clients/index-ledger.ts';
import type { EmbedVersion } from '../../lambdas/contracts/embedding.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

let emulator: CloudEmulator;
let table: LedgerTable;
let tables = 0;

beforeAll(async () => {
  emulator = await startCloudEmulator();
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

const version = (number: string): EmbedVersion => ({
  name: 'embed',
  version: number,
  indexName: `documents-embed-${number}`,
  endpointName: 'embed',
});
const deployed = [version('1'), version('2')];
const [one = '', two = ''] = deployed.map(({ indexName }) => indexName);
const newStates = async (): Promise<EmbeddingStates> => {
  table = await createLedgerTable(emulator, `embedding-${tables++}`);
  return new EmbeddingStates(table, deployed);
};

describe('which embedding version is current', () => {
  it('is the deployed one until somebody decides otherwise', async () => {
    expect(await (await newStates()).read()).toEqual({ revision: 0, origin: one, current: one });
  });

  it('is changed by one of many who decide at once', async () => {
    const states = await newStates();
    const before = await states.read();
    const changes = await Promise.allSettled(
      Array.from({ length: 10 }, () => states.change(before, { current: two, other: one })),
    );
    expect(changes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const change of changes)
      if (change.status === 'rejected') expect(change.reason).toBeInstanceOf(EmbeddingStateError);
    expect(await states.read()).toMatchObject({ revision: 1, origin: one, current: two, other: one });
  });

  it('keeps its first index when the deployment names others', async () => {
    const states = await newStates();
    await states.change(await states.read(), { current: two, other: one });
    const later = new EmbeddingStates(table, [version('2')]);
    expect(await later.read()).toMatchObject({ origin: one, current: two });
  });

  it('forgets the progress of an earlier decision, and a late walk does not bring it back', async () => {
    const states = await newStates();
    const pass = { startedAt: '2026-05-01T10:00:00Z', assets: 1, written: 1, failed: 0 };
    await states.writeProgress({ revision: 2, current: pass });
    await states.writeProgress({ revision: 1, current: { ...pass, assets: 9 } });
    expect(await states.readProgress(2)).toEqual({ revision: 2, current: pass });
    expect(await states.readProgress(3)).toEqual({ revision: 3 });
  });
});

describe('the rows of two indexes', () => {
  it('stand side by side for one document, and whoever looks without an index sees both', async () => {
    await newStates();
    const first = new IndexLedger(table, undefined);
    const second = new IndexLedger(table, two);
    const assetId = createHash('sha256').update(randomUUID()).digest('hex');
    const documentId = `${assetId}.photo.0`;
    for (const [ledger, indexId] of [
      [first, 'plain'],
      [second, `${two}/other`],
    ] as const) {
      const intention = await ledger.intendDocument(
        { documentId, assetId, attempt: 1, contentSha256: indexId },
        { leaseSeconds: 60 },
      );
      if (intention.isWritten) throw new Error('nothing was written yet');
      expect(await ledger.confirmDocument(intention.claim, indexId)).toEqual({ isOwner: true, indexId });
    }
    expect(await first.listDocuments(assetId)).toMatchObject([{ documentId, indexId: 'plain' }]);
    expect(await second.listDocuments(assetId)).toMatchObject([{ documentId, indexId: `${two}/other` }]);
    expect(await second.getDocument(assetId, documentId)).toMatchObject({ documentId, indexId: `${two}/other` });
    expect(await new AssetLedger(table).listDocuments(assetId)).toHaveLength(2);
    await second.forgetDocument(assetId, documentId, { upToAttempt: 1 });
    expect(await second.listDocuments(assetId)).toEqual([]);
    expect(await first.listDocuments(assetId)).toHaveLength(1);
  });
});
