import { describe, expect, it, vi } from 'vitest';
import type { AssetRecord } from '../../../../lambdas/contracts/ledger.ts';
import type { ShotsFile } from '../../../../lambdas/contracts/shots.ts';
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

  it('is of a story with what it is a version of, and of a video by its shots', async () => {
    const told = report();
    const [ofStory, ofVideo] = [vi.fn(nothing), vi.fn(nothing)];
    const look = nearDuplicateLook({ ofPhoto: nothing, ofVideo, ofStory }, asset, told);
    const file = { shots: [] } as unknown as ShotsFile;
    await look.ofStory('Text.', 'urn:story:1');
    await look.ofVideo(file);
    const looked = { assetId: asset.assetId, kind: 'photo', arrivedAt: asset.createdAt, bytes: 7 };
    expect(ofStory).toHaveBeenCalledWith({ ...looked, storyUri: 'urn:story:1' }, 'Text.');
    expect(ofVideo).toHaveBeenCalledWith(looked, file);
    expect(told.found).toHaveBeenCalledTimes(2);
  });

  it('that has ended leaves no clock running, however it ended', async () => {
    vi.useFakeTimers();
    try {
      const fails = async () => {
        throw new Error('away');
      };
      const look = nearDuplicateLook({ ofPhoto: nothing, ofVideo: fails, ofStory: nothing }, asset, report());
      await look.ofPhoto(Buffer.alloc(0));
      await look.ofVideo({ shots: [] } as unknown as ShotsFile);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that does not end holds nothing up for long', async () => {
    vi.useFakeTimers();
    try {
      const told = report();
      const search = { ofPhoto: () => new Promise<never>(() => {}), ofVideo: nothing, ofStory: nothing };
      const look = nearDuplicateLook(search, asset, told).ofPhoto(Buffer.alloc(0));
      await vi.advanceTimersByTimeAsync(59_999);
      expect(told.failed).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await look;
      expect(told.failed).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringMatching(/60 s/) }));
    } finally {
      vi.useRealTimers();
    }
  });
});
