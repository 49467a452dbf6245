import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { FencedError } from '../runtime/errors.ts';
import { type DocumentIndex, type DocumentLedger, removeRows } from './index-documents.ts';

export type StoryLedger = DocumentLedger &
  Pick<AssetLedger, 'getAsset' | 'getStory' | 'claimStoryVersion' | 'settleAsset'>;
export interface StoryClients {
  ledger: StoryLedger;
  index: DocumentIndex;
}

export const replacedReason = (version: string): string => `Replaced by version ${version}.`;

/**
 * Withdraws the assets of a story's older versions. An older version that is being written at this moment finds itself
 * replaced when it ends.
 * @returns how many documents were taken away.
 */
export async function withdrawOlderVersions(clients: StoryClients, uri: string): Promise<number> {
  const story = await clients.ledger.getStory(uri);
  let removed = 0;
  for (const assetId of story?.supersededAssetIds ?? [])
    removed += await withdrawAsset(clients, assetId, replacedReason(story?.version ?? ''));
  return removed;
}

/**
 * The ledger says so first: a run that is writing the asset's documents is stopped by it, or has claimed them before
 * they are listed here.
 * @returns how many documents were taken away; nothing happens to an asset that is withdrawn and without documents.
 */
export async function withdrawAsset({ ledger, index }: StoryClients, assetId: string, reason: string): Promise<number> {
  const asset = await ledger.getAsset(assetId);
  if (asset === undefined) return 0;
  if (asset.status !== 'withdrawn') await settleAsWithdrawn(ledger, asset, reason);
  const rows = (await ledger.listDocuments(assetId)).filter(({ attempt }) => attempt <= asset.attempt);
  return removeRows({ ledger, index }, assetId, asset.attempt, rows);
}

async function settleAsWithdrawn(
  ledger: StoryLedger,
  { assetId, attempt }: AssetRecord,
  reason: string,
): Promise<void> {
  try {
    await ledger.settleAsset(assetId, attempt, { status: 'withdrawn', reason });
  } catch (error) {
    // It has moved on since it was read: whoever moved it decides, and finds the story's claim.
    if (!(error instanceof FencedError)) throw error;
  }
}
