import { describe, expect, it } from 'vitest';
import { backfillBatchSchema, keyOfInventory } from '../../../lambdas/contracts/backfill.ts';
import { uploadId } from '../../../lambdas/contracts/keys.ts';
import { type FeedClients, feedBackfill } from '../../../lambdas/operate/feed-backfill.ts';

const bucket = 'originals';

class Archive implements FeedClients {
  readonly originalsBucket = bucket;
  readonly announced: string[] = [];
  readonly known = new Set<string>();
  readonly objects = new Map<string, string>();
  depth = 0;
  deepest = 1000;
  readonly originals = {
    head: async ({ key }: { key: string }) => {
      const versionId = this.objects.get(key);
      return versionId === undefined ? undefined : { bytes: 1, versionId };
    },
  };
  readonly rows = {
    uploadsKnown: async (ids: readonly string[]) => new Set(ids.filter((id) => this.known.has(id))),
  };
  readonly queue = {
    announce: async ({ key, versionId }: { key: string; versionId?: string | undefined }) => {
      this.announced.push(`${key} ${versionId}`);
      this.depth += 1;
    },
    depth: async () => this.depth,
  };
  now = () => new Date('2026-03-01T12:00:00Z');

  lay(...keys: string[]): { Key: string }[] {
    for (const key of keys) this.objects.set(key, 'v7');
    return keys.map((Key) => ({ Key }));
  }
}

describe('a batch of a backfill', () => {
  it('is announced by version, what the archive has met is passed over', async () => {
    const archive = new Archive();
    const listed = archive.lay('backfill/sport/a.jpg', 'backfill/sport/b.jpg');
    archive.known.add(uploadId({ bucket, key: 'backfill/sport/a.jpg', versionId: 'v7' }));
    expect(await feedBackfill(archive, listed)).toEqual({ fed: 1, known: 1, passedOver: 0 });
    expect(archive.announced).toEqual(['backfill/sport/b.jpg v7']);
  });

  it('begins with the sidecars, so that an asset finds its words', async () => {
    const archive = new Archive();
    await feedBackfill(archive, archive.lay('backfill/sport/a.jpg', 'backfill/sport/a.ninjs.json'));
    expect(archive.announced.map((line) => line.split(' ')[0])).toEqual([
      'backfill/sport/a.ninjs.json',
      'backfill/sport/a.jpg',
    ]);
  });

  it('leaves out folders, other prefixes and what is gone', async () => {
    const archive = new Archive();
    const listed = archive.lay('backfill/sport/', 'incoming/sport/a.jpg', 'backfill/sport/a.jpg');
    const report = await feedBackfill(archive, [...listed, { Key: 'backfill/sport/gone.jpg' }]);
    expect(report).toEqual({ fed: 1, known: 0, passedOver: 3 });
  });

  it('reads the keys of an inventory, and those of a listing as they are', async () => {
    const archive = new Archive();
    archive.lay('backfill/sport/Größe + 1.jpg', 'backfill/sport/50%25.jpg');
    await feedBackfill(archive, [
      { Key: 'backfill/sport/Gr%C3%B6%C3%9Fe+%2B+1.jpg' },
      { Key: 'backfill/sport/50%25.jpg' },
    ]);
    expect(archive.announced).toEqual(['backfill/sport/Größe + 1.jpg v7', 'backfill/sport/50%25.jpg v7']);
    expect(keyOfInventory('100%.jpg')).toBe('100%.jpg');
  });

  it('stops where the queue is deep, by the name that the workflow tries again', async () => {
    const archive = new Archive();
    archive.deepest = 25;
    const listed = archive.lay(...Array.from({ length: 60 }, (_, at) => `backfill/sport/${at}.jpg`));
    await expect(feedBackfill(archive, listed)).rejects.toHaveProperty('name', 'BackfillQueueDeepError');
    expect(archive.announced.length).toBe(30);
    archive.depth = 0;
    for (const line of archive.announced) {
      const [key = '', versionId] = line.split(' ');
      archive.known.add(uploadId({ bucket, key, versionId }));
    }
    archive.deepest = 1000;
    expect(await feedBackfill(archive, listed)).toEqual({ fed: 30, known: 30, passedOver: 0 });
    expect(new Set(archive.announced).size).toBe(60);
  });

  it('comes as AWS batches it and as the emulator does', () => {
    expect(backfillBatchSchema.parse({ Items: [{ Key: 'a', Size: 1 }] })).toEqual([{ Key: 'a' }]);
    expect(backfillBatchSchema.parse({ Key: 'a', Etag: 'x' })).toEqual([{ Key: 'a' }]);
  });
});
