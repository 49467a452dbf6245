import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Step } from '../contracts/assets.ts';
import type { Delivery } from '../contracts/deliveries.ts';
import type {
  AssetRecord,
  DocumentRecord,
  InferenceRecord,
  ShotsPlan,
  StepState,
  UploadRecord,
} from '../contracts/ledger.ts';
import type { Hold } from '../contracts/release.ts';
import * as assets from './asset-ledger/assets.ts';
import * as deliveries from './asset-ledger/deliveries.ts';
import {
  type Confirmation,
  Documents,
  type DocumentWrite,
  type IntendedDocument,
  type Intention,
} from './asset-ledger/documents.ts';
import { EffectTable } from './asset-ledger/effect-table.ts';
import { type AnswerPlace, type ChunkName, Inferences } from './asset-ledger/inferences.ts';
import type { Claim, ClaimAnswer } from './asset-ledger/side-effects.ts';
import * as sidecars from './asset-ledger/sidecars.ts';
import * as stories from './asset-ledger/stories.ts';
import * as suspects from './asset-ledger/suspects.ts';
import type { LedgerTable } from './asset-ledger/table.ts';
import { listUnsettled, type UnsettledAsset, type UnsettledState } from './asset-ledger/unsettled.ts';
import * as uploads from './asset-ledger/uploads.ts';

export type { AssetClaim, AttemptReason, NewAsset, Settlement } from './asset-ledger/assets.ts';
export { AssetMissingError, AttemptNotAllowedError } from './asset-ledger/assets.ts';
export type { Confirmation, DocumentWrite, IntendedDocument, Intention } from './asset-ledger/documents.ts';
export { indexIdsOf } from './asset-ledger/documents.ts';
export type { AnswerPlace, ChunkName } from './asset-ledger/inferences.ts';
export { type Claim, isHeld } from './asset-ledger/side-effects.ts';
export type { SidecarRecord } from './asset-ledger/sidecars.ts';
export type { StoryClaim, StoryRecord } from './asset-ledger/stories.ts';
export { compareStoryVersions } from './asset-ledger/stories.ts';
export type { UnsettledAsset } from './asset-ledger/unsettled.ts';

/** The ledger's table in this name, reached by the environment's own credentials and endpoint. */
export function openTable(tableName: string): LedgerTable {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return { client, tableName };
}

/**
 * The asset ledger (its keys: contracts/ledger.ts). Every write is conditional: claim, do, confirm. Each method's
 * promise and errors are documented where it is written, one file a concern in `asset-ledger/`.
 */
export class AssetLedger {
  readonly #table: LedgerTable;
  readonly #documents: Documents;
  readonly #inferences: Inferences;

  /** `client` must be made with `marshallOptions.removeUndefinedValues`. */
  constructor({ client, tableName }: LedgerTable) {
    this.#table = { client, tableName };
    this.#documents = new Documents(new EffectTable(this.#table));
    this.#inferences = new Inferences(this.#table);
  }

  /** The ledger in this name, reached by the environment's own credentials and endpoint. */
  static open(tableName: string): AssetLedger {
    return new AssetLedger(openTable(tableName));
  }

  beginDelivery(delivery: Delivery): Promise<number> {
    return deliveries.beginDelivery(this.#table, delivery);
  }
  answerDelivery(delivery: Delivery): Promise<void> {
    return deliveries.answerDelivery(this.#table, delivery);
  }
  getAsset(assetId: string): Promise<AssetRecord | undefined> {
    return assets.getAsset(this.#table, assetId);
  }
  getAssets(assetIds: readonly string[]): Promise<Map<string, AssetRecord>> {
    return assets.getAssets(this.#table, assetIds);
  }
  claimAsset(asset: assets.NewAsset, before?: { earlierAttempts: number }): Promise<assets.AssetClaim> {
    return assets.claimAsset(this.#table, asset, before);
  }
  beginAttempt(
    assetId: string,
    origin: { reason: assets.AttemptReason; expectedAttempt: number; stem?: string },
  ): Promise<AssetRecord> {
    return assets.beginAttempt(this.#table, assetId, origin);
  }
  recordStep(
    assetId: string,
    attempt: number,
    step: Step,
    state: StepState,
    noted?: { hold?: Hold | undefined },
  ): Promise<void> {
    return assets.recordStep(this.#table, assetId, attempt, step, state, noted);
  }
  recordShotsPlan(assetId: string, attempt: number, plan: Omit<ShotsPlan, 'plannedAt'>): Promise<void> {
    return assets.recordShotsPlan(this.#table, assetId, attempt, plan);
  }
  recordChunk(assetId: string, attempt: number, chunk: number): Promise<void> {
    return assets.recordChunk(this.#table, assetId, attempt, chunk);
  }
  completeAsset(
    assetId: string,
    attempt: number,
    outcome: { documentCount: number; title?: string | undefined; story?: AssetRecord['story'] },
  ): Promise<void> {
    return assets.completeAsset(this.#table, assetId, attempt, outcome);
  }
  settleAsset(assetId: string, attempt: number, settlement: assets.Settlement): Promise<void> {
    return assets.settleAsset(this.#table, assetId, attempt, settlement);
  }
  listUnsettled(filter: { status: UnsettledState; before?: string }): Promise<UnsettledAsset[]> {
    return listUnsettled(this.#table, filter);
  }

  putUpload(upload: UploadRecord): Promise<UploadRecord> {
    return uploads.putUpload(this.#table, upload);
  }
  getUpload(uploadId: string): Promise<UploadRecord | undefined> {
    return uploads.getUpload(this.#table, uploadId);
  }
  listUploads(filter: { desk: string; day: string; key?: string | undefined; limit: number }): Promise<UploadRecord[]> {
    return uploads.listUploads(this.#table, filter);
  }
  listDesks(): Promise<string[]> {
    return uploads.listDesks(this.#table);
  }

  joinSidecar(sidecar: sidecars.SidecarRecord): Promise<{ assetId?: string }> {
    return sidecars.joinSidecar(this.#table, sidecar);
  }
  attachAsset(place: { bucket: string; stem: string; assetId: string }): Promise<sidecars.SidecarRecord[]> {
    return sidecars.attachAsset(this.#table, place);
  }
  getSidecars(bucket: string, stem: string): Promise<sidecars.SidecarRecord[]> {
    return sidecars.getSidecars(this.#table, bucket, stem);
  }

  getDocument(assetId: string, documentId: string): Promise<DocumentRecord | undefined> {
    return this.#documents.get(assetId, documentId);
  }
  listDocuments(assetId: string): Promise<DocumentRecord[]> {
    return this.#documents.list(assetId);
  }
  intendDocument(
    document: IntendedDocument,
    run: { leaseSeconds: number; known?: DocumentRecord | undefined },
  ): Promise<Intention> {
    return this.#documents.intend(document, run);
  }
  confirmDocument(claim: Claim<DocumentWrite>, indexId: string): Promise<Confirmation> {
    return this.#documents.confirm(claim, indexId);
  }
  forgetDocument(assetId: string, documentId: string, fence: { upToAttempt: number }): Promise<boolean> {
    return this.#documents.forget(assetId, documentId, fence);
  }
  suspectDoubles(assetId: string): Promise<void> {
    return suspects.suspectDoubles(this.#table, assetId);
  }
  clearSuspect(suspect: UnsettledAsset): Promise<boolean> {
    return suspects.clearSuspect(this.#table, suspect);
  }

  getInference(chunk: ChunkName): Promise<InferenceRecord | undefined> {
    return this.#inferences.get(chunk);
  }
  awaitInference(chunk: ChunkName & Pick<InferenceRecord, 'attempt' | 'taskToken'>): Promise<InferenceRecord> {
    return this.#inferences.await(chunk);
  }
  claimSending(row: InferenceRecord, wish: { owner: string; leaseSeconds: number }): Promise<ClaimAnswer<AnswerPlace>> {
    return this.#inferences.claim(row, wish);
  }
  expectAnswer(claim: Claim<AnswerPlace>, expected: AnswerPlace, leaseSeconds: number): Promise<void> {
    return this.#inferences.expect(claim, expected, leaseSeconds);
  }
  failSending(row: InferenceRecord): Promise<boolean> {
    return this.#inferences.fail(row);
  }
  reopenSending(row: InferenceRecord): Promise<InferenceRecord> {
    return this.#inferences.reopen(row);
  }
  completeInference(chunk: ChunkName & { outputKey: string }): Promise<InferenceRecord | undefined> {
    return this.#inferences.complete(chunk);
  }

  getStory(uri: string): Promise<stories.StoryRecord | undefined> {
    return stories.getStory(this.#table, uri);
  }
  claimStoryVersion(uri: string, version: string, assetId: string): Promise<stories.StoryClaim> {
    return stories.claimStoryVersion(this.#table, uri, version, assetId);
  }
}
