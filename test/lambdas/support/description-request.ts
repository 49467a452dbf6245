import type {
  DescribeDependencies,
  DescriptionRequest,
  StoryVersionClaim,
} from '../../../lambdas/describe/description-request.ts';
import { inMemoryBucket } from './in-memory-bucket.ts';

export const assetId = 'b'.repeat(64);
export const now = new Date('2026-05-01T12:00:00Z');

/** An asset ready to be described: its bytes in a bucket, sidecars beside it, no captions unless given. */
export function assetToDescribe(
  kind: 'photo' | 'video' | 'story',
  content: Buffer | string,
  options: {
    fileName?: string;
    mediaType?: string;
    ninjs?: object | string;
    shotlist?: string;
    captions?: DescribeDependencies['captions'];
    claim?: StoryVersionClaim;
  } = {},
) {
  const originals = inMemoryBucket('originals');
  const derived = inMemoryBucket('derived');
  const at = (key: string) => ({ bucket: 'originals', key });
  originals.put('incoming/news/original', content);
  const { ninjs, shotlist } = options;
  if (ninjs !== undefined)
    originals.put('incoming/news/original.ninjs.json', typeof ninjs === 'string' ? ninjs : JSON.stringify(ninjs));
  if (shotlist !== undefined) originals.put('incoming/news/original.shotlist.txt', shotlist);
  const request: DescriptionRequest = {
    input: { assetId, attempt: 1, kind, desk: 'news', original: at('incoming/news/original') },
    fileName: options.fileName ?? 'IMG_0001.jpg',
    mediaType: options.mediaType ?? 'image/jpeg',
    arrivedAt: '2026-05-01T11:00:00.000Z',
    ...(kind === 'photo' ? { perceptualHash: '00ff00ff00ff00ff' } : {}),
    sidecars: {
      ...(ninjs === undefined ? {} : { ninjs: at('incoming/news/original.ninjs.json') }),
      ...(shotlist === undefined ? {} : { shotlist: at('incoming/news/original.shotlist.txt') }),
    },
  };
  const claims: [string, string, string][] = [];
  const looks: string[] = [];
  const dependencies: DescribeDependencies = {
    originals: originals.bucket,
    derived: derived.bucket,
    nearDuplicates: {
      ofPhoto: async () => void looks.push('photo'),
      ofVideo: async () => void looks.push('video'),
      ofStory: async (text) => void looks.push(text),
    },
    captions: options.captions,
    claimStoryVersion: async (...claim) => {
      claims.push(claim);
      return options.claim ?? { isNewest: true };
    },
    now: () => now,
  };
  return { request, dependencies, derived, claims, looks };
}
