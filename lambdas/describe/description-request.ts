import type { MediaBucket } from '../clients/media-bucket.ts';
import type { S3Object } from '../contracts/assets.ts';
import type { WaitingReason } from '../contracts/captions.ts';
import type { Description } from '../contracts/documents.ts';
import type { DescribeInput } from '../contracts/workflow.ts';
import type { PictureCaptions } from './generated-captions.ts';
import type { NearDuplicateLook } from './likeness/near-duplicate-look.ts';
import { type NinjsItem, parseNinjs } from './ninjs.ts';
import { plainLine, textLimits } from './plain-text.ts';

/** What the ledger and the workflow know of the asset that is to be described. */
export interface DescriptionRequest {
  input: DescribeInput;
  fileName: string;
  mediaType: string;
  arrivedAt: string;
  /** Of a photo, as admitted: 16 hexadecimal digits. */
  perceptualHash?: string | undefined;
  /** The files beside it that carry its words. */
  sidecars: { ninjs?: S3Object; shotlist?: S3Object };
}
export interface DescribeDependencies {
  originals: MediaBucket;
  derived: MediaBucket;
  nearDuplicates: NearDuplicateLook;
  /** Absent where captions are off. */
  captions?: PictureCaptions | undefined;
  /** Claims to be the newest version of a story, as the ledger's `claimStoryVersion` does. */
  claimStoryVersion(uri: string, version: string, assetId: string): Promise<StoryVersionClaim>;
  now(): Date;
}
export type StoryVersionClaim = { isNewest: true } | { isNewest: false; newestVersion: string };

/** Either descriptions, or the reason why the asset itself says that it must not be found. */
export type DescriptionOutcome =
  | {
      decision: 'index';
      descriptions: Description[];
      detail: string;
      warnings: readonly string[];
      /** Pictures to be captioned later. */
      waiting?: WaitingPictures;
      /** Captions that were paid for in this run. */
      captionsPaid?: number;
    }
  | { decision: 'withdraw'; reason: string; killedStoryUri?: string };

export interface WaitingPictures {
  reason: WaitingReason;
  pictures: number;
  /** When they may be tried again, where that is known. */
  until?: string;
}

export const maxSidecarBytes = 1024 * 1024;
export const killReason = 'Withdrawn by its sender: its pubstatus is "canceled".';

/** The ninjs sidecar, where there is one. @throws RefusedError where it breaks its schema. */
export async function readNinjsSidecar(
  originals: MediaBucket,
  { sidecars }: DescriptionRequest,
): Promise<NinjsItem | undefined> {
  if (sidecars.ninjs === undefined) return undefined;
  const bytes = await originals.readBytes(sidecars.ninjs, { maxBytes: maxSidecarBytes });
  return parseNinjs(new TextDecoder().decode(bytes), `The sidecar ${sidecars.ninjs.key.split('/').at(-1)}`);
}

/** A title where nobody gave one: the file's name without its extension. */
export const titleOfFile = (fileName: string): string =>
  plainLine(fileName.replace(/\.[^.]+$/, '').replace(/_+/g, ' '), textLimits.headline) || 'Untitled';
