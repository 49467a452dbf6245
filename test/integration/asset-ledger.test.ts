import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetLedger, type NewAsset } from '../../lambdas/clients/asset-ledger.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

const bucket = 'originals';
let emulator: CloudEmulator;
let ledger: AssetLedger;

beforeAll(async () => {
  emulator = await startCloudEmulator();
  ledger = new AssetLedger(await createLedgerTable(emulator, 'ledger'));
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

const assetIdOf = (content: string): string => createHash('sha256').update(content).digest('hex');
function newAsset(overrides: Partial<NewAsset> = {}): NewAsset {
  const assetId = overrides.assetId ?? assetIdOf(randomUUID());
  const stem = `incoming/sport/${assetId}`;
  return {
    assetId,
    kind: 'photo',
    desk: 'sport',
    original: { bucket, key: `${stem}.jpg`, versionId: 'v1' },
    stem,
    fileName: `${assetId}.jpg`,
    mediaType: 'image/jpeg',
    bytes: 123,
    ...overrides,
  };
}

describe('claiming an asset', () => {
  it('has one winner among 50 claims at once', async () => {
    const asset = newAsset();
    const claims = await Promise.all(Array.from({ length: 50 }, () => ledger.claimAsset(asset)));
    expect(claims.filter((claim) => claim.isNew)).toHaveLength(1);
    expect(new Set(claims.map((claim) => claim.asset.createdAt)).size).toBe(1);
  });

  it('answers a later claim with the record of the first', async () => {
    const asset = newAsset();
    await ledger.claimAsset(asset);
    const second = await ledger.claimAsset({ ...asset, desk: 'politics', fileName: 'other.jpg' });
    expect(second).toMatchObject({ isNew: false, asset: { desk: 'sport', attempt: 1, status: 'processing' } });
  });
});

describe('attempts', () => {
  it('lets one of many begin the next attempt, and refuses the others', async () => {
    const { assetId } = newAsset();
    await ledger.claimAsset(newAsset({ assetId }));
    await ledger.settleAsset(assetId, 1, { status: 'failed', reason: 'The model did not answer.' });
    const starts = await Promise.allSettled(
      Array.from({ length: 20 }, () => ledger.beginAttempt(assetId, { reason: 'redrive', expectedAttempt: 1 })),
    );
    expect(starts.filter((start) => start.status === 'fulfilled')).toHaveLength(1);
    for (const start of starts)
      if (start.status === 'rejected') expect(start.reason).toHaveProperty('name', 'FencedError');
    expect(await ledger.getAsset(assetId)).toMatchObject({ attempt: 2, status: 'processing' });
    expect((await ledger.getAsset(assetId))?.reason).toBeUndefined();
  });

  it('refuses to redrive what is still processing', async () => {
    const asset = newAsset();
    await ledger.claimAsset(asset);
    await expect(ledger.beginAttempt(asset.assetId, { reason: 'redrive', expectedAttempt: 1 })).rejects.toHaveProperty(
      'name',
      'AttemptNotAllowedError',
    );
    await expect(ledger.beginAttempt(asset.assetId, { reason: 'stuck', expectedAttempt: 1 })).resolves.toMatchObject({
      attempt: 2,
    });
  });

  it('keeps an overtaken attempt from writing a step, an outcome or a completion', async () => {
    const { assetId } = newAsset();
    await ledger.claimAsset(newAsset({ assetId }));
    await ledger.beginAttempt(assetId, { reason: 'sidecar', expectedAttempt: 1 });
    const fenced = { name: 'FencedError' };
    await expect(ledger.recordStep(assetId, 1, 'describe', { status: 'started' })).rejects.toMatchObject(fenced);
    await expect(ledger.completeAsset(assetId, 1, { documentCount: 1 })).rejects.toMatchObject(fenced);
    await expect(ledger.settleAsset(assetId, 1, { status: 'failed', reason: 'late' })).rejects.toMatchObject(fenced);
    await ledger.recordStep(assetId, 2, 'describe', { status: 'started' });
  });

  it('keeps a step from being written after its attempt has ended', async () => {
    const { assetId } = newAsset();
    await ledger.claimAsset(newAsset({ assetId }));
    await ledger.settleAsset(assetId, 1, { status: 'refused', reason: 'The file is cut off.', step: 'describe' });
    await expect(ledger.recordStep(assetId, 1, 'enrich', { status: 'started' })).rejects.toHaveProperty(
      'name',
      'FencedError',
    );
  });

  it('names an asset that is not there', async () => {
    await expect(ledger.recordStep(assetIdOf('nothing'), 1, 'shots', { status: 'started' })).rejects.toHaveProperty(
      'name',
      'AssetMissingError',
    );
  });

  it('keeps when a step started once it is done, and completes twice without harm', async () => {
    const { assetId } = newAsset();
    await ledger.claimAsset(newAsset({ assetId }));
    await ledger.recordStep(assetId, 1, 'describe', { status: 'started' });
    const startedAt = (await ledger.getAsset(assetId))?.steps.describe?.startedAt;
    await ledger.recordStep(assetId, 1, 'describe', { status: 'done', detail: '1 description' });
    for (const _ of [1, 2]) await ledger.completeAsset(assetId, 1, { documentCount: 1, title: 'Harbour at dawn' });
    const asset = await ledger.getAsset(assetId);
    expect(startedAt).toBeDefined();
    expect(asset?.steps.describe).toMatchObject({ status: 'done', startedAt, detail: '1 description' });
    expect(asset).toMatchObject({ status: 'indexed', documentCount: 1, title: 'Harbour at dawn' });
  });
});

describe('the unsettled', () => {
  it('lists what is processing or failed, and nothing that has ended well', async () => {
    const [processing, failed, indexed, withdrawn] = [newAsset(), newAsset(), newAsset(), newAsset()];
    for (const asset of [processing, failed, indexed, withdrawn]) await ledger.claimAsset(asset);
    await ledger.settleAsset(failed.assetId, 1, { status: 'failed', reason: 'no', errorName: 'States.Timeout' });
    await ledger.completeAsset(indexed.assetId, 1, { documentCount: 1 });
    await ledger.completeAsset(withdrawn.assetId, 1, { documentCount: 1 });
    await ledger.settleAsset(withdrawn.assetId, 1, { status: 'withdrawn', reason: 'Replaced by version 2.' });
    const ids = async (filter: Parameters<AssetLedger['listUnsettled']>[0]) =>
      (await ledger.listUnsettled(filter)).map(({ assetId }) => assetId);
    expect(await ids({ status: 'failed' })).toContain(failed.assetId);
    expect(await ids({ status: 'failed' })).not.toContain(processing.assetId);
    expect(await ids({ status: 'processing' })).toContain(processing.assetId);
    for (const { assetId } of [indexed, withdrawn]) {
      expect(await ids({ status: 'processing' })).not.toContain(assetId);
      expect(await ids({ status: 'failed' })).not.toContain(assetId);
    }
    expect(await ids({ status: 'processing', before: '2020-01-01T00:00:00.000Z' })).toEqual([]);
    expect(await ids({ status: 'processing', before: '2999-01-01T00:00:00.000Z' })).toContain(processing.assetId);
  });
});

describe('sidecars', () => {
  const sidecarOf = (asset: NewAsset, name: string, arrivedAt = '2026-03-01T10:00:00.000Z') => ({
    sidecar: 'ninjs' as const,
    stem: asset.stem,
    object: { bucket, key: `${asset.stem}.ninjs.json`, versionId: name },
    arrivedAt,
  });

  it('finds the asset where the asset came first', async () => {
    const asset = newAsset();
    expect(await ledger.attachAsset({ bucket, stem: asset.stem, assetId: asset.assetId })).toEqual([]);
    expect(await ledger.joinSidecar(sidecarOf(asset, 'a'))).toEqual({ assetId: asset.assetId });
  });

  it('waits for the asset where the sidecar came first', async () => {
    const asset = newAsset();
    expect(await ledger.joinSidecar(sidecarOf(asset, 'a'))).toEqual({});
    const waiting = await ledger.attachAsset({ bucket, stem: asset.stem, assetId: asset.assetId });
    expect(waiting).toMatchObject([{ sidecar: 'ninjs', object: { versionId: 'a' } }]);
  });

  it('is seen by at least one of the two where they come together', async () => {
    for (let round = 0; round < 20; round++) {
      const asset = newAsset();
      const [joined, waiting] = await Promise.all([
        ledger.joinSidecar(sidecarOf(asset, 'a')),
        ledger.attachAsset({ bucket, stem: asset.stem, assetId: asset.assetId }),
      ]);
      expect(joined.assetId !== undefined || waiting.length === 1).toBe(true);
    }
  });

  it('keeps the later of two sidecars in either order', async () => {
    for (const order of [
      ['old', 'new'],
      ['new', 'old'],
    ]) {
      const asset = newAsset();
      for (const name of order)
        await ledger.joinSidecar(
          sidecarOf(asset, name, name === 'new' ? '2026-03-01T11:00:00Z' : '2026-03-01T10:00:00Z'),
        );
      expect(await ledger.getSidecars(bucket, asset.stem)).toMatchObject([{ object: { versionId: 'new' } }]);
    }
  });
});

describe('documents', () => {
  const documentOf = (assetId: string, attempt = 1, content = 'a') => ({
    documentId: `${assetId}.photo.0`,
    assetId,
    attempt,
    contentSha256: assetIdOf(content),
  });

  const run = { leaseSeconds: 60 };
  async function claimed(document: ReturnType<typeof documentOf>) {
    const intention = await ledger.intendDocument(document, run);
    if (intention.isWritten) throw new Error('the document was to be written');
    return intention.claim;
  }

  it('are written once: a later attempt at the same content finds the first one’s write and owns it', async () => {
    const assetId = assetIdOf(randomUUID());
    await ledger.confirmDocument(await claimed(documentOf(assetId)), 'i1');
    expect(await ledger.intendDocument(documentOf(assetId, 2), run)).toEqual({ isWritten: true, indexId: 'i1' });
    expect(await ledger.listDocuments(assetId)).toMatchObject([{ state: 'confirmed', attempt: 2, indexId: 'i1' }]);
  });

  it('belong to the later of two runs of an attempt; the earlier one is told to undo its write', async () => {
    const assetId = assetIdOf(randomUUID());
    const earlier = await claimed(documentOf(assetId));
    const later = await claimed(documentOf(assetId));
    await expect(ledger.confirmDocument(earlier, 'i1')).rejects.toHaveProperty('name', 'LedgerContentionError');
    expect(await ledger.confirmDocument(later, 'i2')).toEqual({ isOwner: true, indexId: 'i2' });
    expect(await ledger.confirmDocument(earlier, 'i1')).toEqual({ isOwner: false, indexId: 'i2' });
  });

  it('keep the old write’s id until other content is confirmed, and then say what it replaced', async () => {
    const assetId = assetIdOf(randomUUID());
    const documentId = `${assetId}.photo.0`;
    await ledger.confirmDocument(await claimed(documentOf(assetId)), 'i1');
    const claim = await claimed(documentOf(assetId, 2, 'b'));
    expect(claim.previous).toEqual({ indexId: 'i1' });
    expect(await ledger.getDocument(assetId, documentId)).toMatchObject({ state: 'intended', indexId: 'i1' });
    expect(await ledger.confirmDocument(claim, 'i2')).toEqual({ isOwner: true, indexId: 'i2' });
    expect(await ledger.getDocument(assetId, documentId)).toMatchObject({ indexId: 'i2', replacedIndexId: 'i1' });
  });

  it('are fenced: an overtaken attempt neither intends nor confirms nor forgets', async () => {
    const assetId = assetIdOf(randomUUID());
    const documentId = `${assetId}.photo.0`;
    const early = await claimed(documentOf(assetId, 1));
    await claimed(documentOf(assetId, 2));
    const fenced = { name: 'FencedError' };
    await expect(ledger.intendDocument(documentOf(assetId, 1), run)).rejects.toMatchObject(fenced);
    await expect(ledger.confirmDocument(early, 'i')).rejects.toMatchObject(fenced);
    expect(await ledger.forgetDocument(assetId, documentId, { upToAttempt: 1 })).toBe(false);
    expect(await ledger.forgetDocument(assetId, documentId, { upToAttempt: 2 })).toBe(true);
    expect(await ledger.listDocuments(assetId)).toEqual([]);
  });

  it('make the sweeper look where one is forgotten whose write was under way, until the suspicion is cleared', async () => {
    const assetId = assetIdOf(randomUUID());
    const suspicions = async () =>
      (await ledger.listUnsettled({ status: 'suspect' })).filter((suspect) => suspect.assetId === assetId);
    await ledger.confirmDocument(await claimed(documentOf(assetId)), 'i1');
    await ledger.forgetDocument(assetId, `${assetId}.photo.0`, { upToAttempt: 1 });
    expect(await suspicions()).toEqual([]);
    await claimed(documentOf(assetId));
    await ledger.forgetDocument(assetId, `${assetId}.photo.0`, { upToAttempt: 1 });
    const [first = { assetId, since: '' }] = await suspicions();
    await ledger.suspectDoubles(assetId);
    expect(await ledger.clearSuspect(first)).toBe(false);
    const [second = { assetId, since: '' }] = await suspicions();
    expect(await ledger.clearSuspect(second)).toBe(true);
    expect(await suspicions()).toEqual([]);
  });
});

describe('versions of a story', () => {
  it('leave the newest in either order', async () => {
    const [older, newer] = [assetIdOf('older'), assetIdOf('newer')];
    const [inOrder, reversed] = [`urn:${randomUUID()}`, `urn:${randomUUID()}`];
    expect(await ledger.claimStoryVersion(inOrder, '9', older)).toEqual({ isNewest: true });
    expect(await ledger.claimStoryVersion(inOrder, '10', newer)).toEqual({ isNewest: true, superseded: older });
    expect(await ledger.claimStoryVersion(reversed, '10', newer)).toEqual({ isNewest: true });
    expect(await ledger.claimStoryVersion(reversed, '9', older)).toEqual({
      isNewest: false,
      newestVersion: '10',
      newestAssetId: newer,
    });
  });

  it('give a repeated claim the same answer', async () => {
    const uri = `urn:${randomUUID()}`;
    await ledger.claimStoryVersion(uri, '1', assetIdOf('a'));
    const first = await ledger.claimStoryVersion(uri, '2', assetIdOf('b'));
    expect(await ledger.claimStoryVersion(uri, '2', assetIdOf('b'))).toEqual(first);
  });

  it('do not swing to and fro between two assets of the same version', async () => {
    const uri = `urn:${randomUUID()}`;
    await ledger.claimStoryVersion(uri, '1', assetIdOf('a'));
    expect(await ledger.claimStoryVersion(uri, '1', assetIdOf('b'))).toMatchObject({ isNewest: true });
    expect(await ledger.claimStoryVersion(uri, '1', assetIdOf('a'))).toMatchObject({ isNewest: false });
  });

  it('leave the newest of six that claim at once', async () => {
    const uri = `urn:${randomUUID()}`;
    await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        ledger.claimStoryVersion(uri, String(at + 1), assetIdOf(`version ${at + 1}`)),
      ),
    );
    expect(await ledger.getStory(uri)).toMatchObject({ version: '6', assetId: assetIdOf('version 6') });
  });
});

describe('uploads', () => {
  it('keep their first outcome, and are listed by desk and day, newest first', async () => {
    const desk = `desk-${randomUUID().slice(0, 8)}`;
    const upload = (at: number) => ({
      uploadId: `${desk}-${at}`,
      desk,
      object: { bucket, key: `incoming/${desk}/file ${at}.jpg` },
      fileName: `file ${at}.jpg`,
      outcome: 'admitted' as const,
      arrivedAt: `2026-03-01T10:0${at}:00.000Z`,
    });
    for (const at of [1, 2, 3]) await ledger.putUpload(upload(at));
    expect((await ledger.putUpload({ ...upload(1), outcome: 'duplicate' })).outcome).toBe('admitted');
    const names = async (filter: { key?: string; limit: number; day: string }) =>
      (await ledger.listUploads({ desk, ...filter })).map(({ fileName }) => fileName);
    expect(await names({ day: '2026-03-01', limit: 2 })).toEqual(['file 3.jpg', 'file 2.jpg']);
    expect(await names({ day: '2026-03-01', limit: 9, key: `incoming/${desk}/file 1.jpg` })).toEqual(['file 1.jpg']);
    expect(await names({ day: '2026-03-02', limit: 9 })).toEqual([]);
  });
});
