import { describe, expect, it, vi } from 'vitest';
import type { AssetRecord } from '../../../../lambdas/contracts/ledger.ts';
import { nearDuplicateLook } from '../../../../lambdas/describe/likeness/near-duplicate-look.ts';

const asset: AssetRecord = {
  assetId: 'a'.repeat(64),
  kind: 'photo',
  status: 'processing',
  attempt: 1,
  desk: 'news',
  original: { bucket: 'originals', key: 'incoming/news/a.jpg' },
  stem: 'incoming/news/a',
  fileName: 'a.jpg',
  mediaType: 'image/jpeg',
  bytes: 7,
  perceptualHash: '00ff00ff00ff00ff',
  steps: {},
  createdAt: '2026-05-01T12:00:00.000Z',
  updatedAt: '2026-05-01T12:00:00.000Z',
};
const report = () => ({ found: vi.fn(), failed: vi.fn() });
const nothing = async () => ({ duplicates: 0 });

describe('a look for near-duplicates', () => {
  it('tells what was found', async () => {
    const told = report();
    const ofPhoto = vi.fn(async () => ({ duplicates: 2, groupId: 'one' }));
    const picture = Buffer.from('picture');
    await nearDuplicateLook({ ofPhoto, ofVideo: nothing, ofStory: nothing }, asset, told).ofPhoto(picture);
    expect(told.found).toHaveBeenCalledWith({ duplicates: 2, groupId: 'one' });
    expect(ofPhoto).toHaveBeenCalledWith(
      { assetId: asset.assetId, kind: 'photo', arrivedAt: asset.createdAt, bytes: 7 },
      picture,
      '00ff00ff00ff00ff',
    );
  });

  it('that fails loses no asset, and is told', async () => {
    const told = report();
    const ofStory = async () => {
      throw new Error('the ledger is away');
    };
    await nearDuplicateLook({ ofPhoto: nothing, ofVideo: nothing, ofStory }, asset, told).ofStory('text', undefined);
    expect(told.failed).toHaveBeenCalledWith(expect.objectContaining({ message: 'the ledger is away' }));
    expect(told.found).not.toHaveBeenCalled();
  });

  it('that does not end holds nothing up for long', async () => {
    vi.useFakeTimers();
    try {
      const told = report();
      const search = { ofPhoto: () => new Promise<never>(() => {}), ofVideo: nothing, ofStory: nothing };
      const look = nearDuplicateLook(search, asset, told).ofPhoto(Buffer.alloc(0));
      await vi.advanceTimersByTimeAsync(60_000);
      await look;
      expect(told.failed).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringMatching(/60 s/) }));
    } finally {
      vi.useRealTimers();
    }
  });
});
