import { describe, expect, it } from 'vitest';
import { assetIdOf } from '../../bin/wirescope/asset-named.ts';
import { uploadId } from '../../lambdas/contracts/keys.ts';
import type { UploadRecord } from '../../lambdas/contracts/ledger.ts';

const assetId = 'a'.repeat(64);
const key = 'incoming/sport/goal.jpg';
const upload = (more: Partial<UploadRecord>): Record<string, UploadRecord> => ({
  [uploadId({ bucket: 'originals', key, versionId: 'newest' })]: more as UploadRecord,
});
const archive = (uploads: Record<string, UploadRecord>, lying: readonly string[] = [key]) => ({
  ledger: { getUpload: async (id: string) => uploads[id] },
  originals: {
    bucketName: 'originals',
    head: async (object: { key: string }) =>
      lying.includes(object.key) ? { bytes: 1, versionId: 'newest' } : undefined,
  },
});
const asked = (name: string, clients = archive(upload({ outcome: 'admitted', assetId }))) =>
  assetIdOf(name, () => clients as never);

describe('an asset that an operator names', () => {
  it('is named by its id, for which nothing is asked', async () => {
    const nobody = () => {
      throw new Error('asked');
    };
    expect(await assetIdOf(assetId, nobody)).toBe(assetId);
  });

  it.each([key, `s3://originals/${key}`])('is named by the key of its original: %s', async (name) => {
    expect(await asked(name)).toBe(assetId);
  });

  it('is none where the name is neither, and the sentence says what an id is', async () => {
    await expect(asked('goal.jpg')).rejects.toThrow(/goal\.jpg is no asset id: it has 64 digits.*sha256sum/);
  });

  it('is none where nothing lies there, where it was not admitted yet, and where it was refused', async () => {
    await expect(asked(key, archive({}, []))).rejects.toThrow(/no original lies at incoming\/sport\/goal\.jpg/);
    await expect(asked(key, archive({}))).rejects.toThrow(/has not been admitted yet/);
    const refused = archive(upload({ outcome: 'refused', reason: 'It is no picture.' }));
    await expect(asked(key, refused)).rejects.toThrow(/became no asset \(refused\): It is no picture\./);
  });
});
