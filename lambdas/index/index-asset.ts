import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { documentsFileSchema, type WirescopeDocument } from '../contracts/documents.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import type { IndexInput, IndexResult } from '../contracts/workflow.ts';
import { type IndexClients, removeLeftovers, writeDocuments } from './index-documents.ts';
import {
  replacedReason,
  type StoryClients,
  type StoryLedger,
  withdrawAsset,
  withdrawOlderVersions,
} from './story-versions.ts';

export interface IndexAssetClients extends IndexClients {
  derived: Pick<MediaBucket, 'readJson'>;
  ledger: StoryLedger & Pick<AssetLedger, 'recordStep' | 'completeAsset'>;
  /** The documents with vectors of the model that this index is for. */
  inVersion(documents: readonly WirescopeDocument[]): Promise<WirescopeDocument[]>;
  /** What is withdrawn leaves the index of every embedding version. */
  everywhere: StoryClients;
}

/**
 * Makes an asset searchable and completes it in the ledger. A story that a newer version has overtaken meanwhile ends
 * withdrawn instead, and a newest version withdraws the older ones once its own documents are there.
 * @throws FencedError, RetryableError, VectorIndexRequestError
 */
export async function indexAsset(clients: IndexAssetClients, input: IndexInput): Promise<IndexResult> {
  const { ledger } = clients;
  const { assetId, attempt } = input;
  const asset = await ledger.getAsset(assetId);
  if (asset?.status === 'indexed' && asset.attempt === attempt) return resultOfCompleted(asset);
  await ledger.recordStep(assetId, attempt, 'index', { status: 'started' });
  const file = await clients.derived.readJson(input.documentsKey, documentsFileSchema);
  const documents = await clients.inVersion(file.documents);
  const [first] = documents;
  const counts = await writeDocuments(clients, { assetId, attempt, documents });
  let superseded = await removeLeftovers(clients, { assetId, attempt, documents });
  const story = first?.story;
  if (story !== undefined) {
    // Asked after the writing: of two versions written at the same time, the later look sees the other's claim.
    const claim = await ledger.claimStoryVersion(story.uri, story.version, assetId);
    if (!claim.isNewest) {
      const removed = await withdrawAsset(clients.everywhere, assetId, replacedReason(claim.newestVersion));
      return { documentCount: 0, ...counts, superseded: superseded + removed };
    }
    superseded += await withdrawOlderVersions(clients.everywhere, story.uri);
  }
  const documentCount = documents.length;
  await ledger.recordStep(assetId, attempt, 'index', {
    status: 'done',
    detail: `${documentCount} ${documentCount === 1 ? 'document' : 'documents'}`,
  });
  await ledger.completeAsset(assetId, attempt, { documentCount, title: first?.title, story });
  return { documentCount, ...counts, superseded };
}

/** The run before this one did everything, but its answer was lost. */
function resultOfCompleted({ documentCount = 0 }: AssetRecord): IndexResult {
  return { documentCount, written: 0, alreadyWritten: documentCount, superseded: 0 };
}
