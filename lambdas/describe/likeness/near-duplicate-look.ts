import type { AssetRecord } from '../../contracts/ledger.ts';
import type { ShotsFile } from '../../contracts/shots.ts';
import type { Found, NearDuplicateSearch } from './near-duplicate-search.ts';

/** What describing an asset needs of near-duplicates. None of it throws: an asset is never lost for want of a look. */
export interface NearDuplicateLook {
  ofPhoto(photo: Buffer): Promise<void>;
  ofVideo(file: ShotsFile): Promise<void>;
  ofStory(text: string, storyUri: string | undefined): Promise<void>;
}

/** Where it is told what was found, and that an asset stays ungrouped because the look failed. */
export interface LookReport {
  found(found: Found): void;
  failed(error: Error): void;
}

/** Longer than any look takes; what does not end by then goes without. */
const lookSeconds = 60;

/** Looks for the near-duplicates of this asset. */
export function nearDuplicateLook(
  search: Pick<NearDuplicateSearch, 'ofPhoto' | 'ofVideo' | 'ofStory'>,
  { assetId, kind, createdAt, bytes, perceptualHash }: AssetRecord,
  report: LookReport,
): NearDuplicateLook {
  const asset = { assetId, kind, arrivedAt: createdAt, bytes };
  const look = async (work: () => Promise<Found>): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`the look for near-duplicates took longer than ${lookSeconds} s`)),
          lookSeconds * 1000,
        );
      });
      report.found(await Promise.race([work(), late]));
    } catch (error) {
      report.failed(error as Error);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    ofPhoto: (photo) => look(() => search.ofPhoto(asset, photo, perceptualHash)),
    ofVideo: (file) => look(() => search.ofVideo(asset, file)),
    ofStory: (text, storyUri) => look(() => search.ofStory({ ...asset, storyUri }, text)),
  };
}
