import { type AssetLedger, indexIdsOf } from '../clients/asset-ledger.ts';
import type { FailureQueue } from '../clients/failure-queue.ts';
import type { RecordOutcomeInput } from '../contracts/workflow.ts';
import { FencedError } from '../runtime/errors.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** What takes copies out of whichever index they lie in. */
export interface DocumentRemoval {
  deleteByIds(indexIds: readonly string[]): Promise<unknown>;
}
export interface OutcomeClients {
  ledger: AssetLedger;
  failureQueue: FailureQueue;
  copies: DocumentRemoval;
}
export interface RecordedOutcome extends Outcome {
  /** False where a later attempt has taken over: its outcome counts, this one changes nothing. */
  isRecorded: boolean;
  documentsRemoved: number;
}

/**
 * Ends an attempt in the ledger and does what follows from it: a failure goes to the failure queue; what was refused
 * or withdrawn leaves the index, a failure keeps there what an earlier attempt wrote.
 */
export async function recordOutcome(clients: OutcomeClients, input: RecordOutcomeInput): Promise<RecordedOutcome> {
  const { assetId, attempt, step } = input;
  const outcome = outcomeOf(input);
  try {
    await clients.ledger.settleAsset(assetId, attempt, { ...outcome, step });
  } catch (error) {
    if (error instanceof FencedError) return { ...outcome, isRecorded: false, documentsRemoved: 0 };
    throw error;
  }
  if (outcome.status !== 'failed') {
    const own = await removeDocuments(clients, assetId, attempt);
    const earlier = input.killedStoryUri === undefined ? 0 : await killVersions(clients, input.killedStoryUri, outcome);
    return { ...outcome, isRecorded: true, documentsRemoved: own + earlier };
  }
  // Its last run may have ended between a write and its confirmation, and nobody may come after it.
  if (step === 'index') await clients.ledger.suspectDoubles(assetId);
  await clients.failureQueue.send({
    assetId,
    attempt,
    step,
    error: outcome.errorName ?? 'UnknownError',
    cause: input.cause ?? '',
    reason: outcome.reason,
    failedAt: new Date().toISOString(),
  });
  return { ...outcome, isRecorded: true, documentsRemoved: 0 };
}

/**
 * A kill takes every earlier version of its story with it, at once. One that is being written at this moment finds
 * itself outdated when it ends.
 * @returns how many documents were taken away.
 */
async function killVersions(clients: OutcomeClients, uri: string, { reason }: Outcome): Promise<number> {
  const story = await clients.ledger.getStory(uri);
  let removed = 0;
  for (const assetId of story?.supersededAssetIds ?? []) {
    const asset = await clients.ledger.getAsset(assetId);
    if (asset === undefined) continue;
    removed += await removeDocuments(clients, assetId, asset.attempt);
    try {
      if (asset.status !== 'withdrawn')
        await clients.ledger.settleAsset(assetId, asset.attempt, { status: 'withdrawn', reason });
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
    }
  }
  return removed;
}

/** Deletes an asset's documents by the ids that the ledger owns, then their rows, those of writes under way as well. */
async function removeDocuments({ ledger, copies }: OutcomeClients, assetId: string, attempt: number): Promise<number> {
  const documents = (await ledger.listDocuments(assetId)).filter((document) => document.attempt <= attempt);
  const indexIds = documents.flatMap(indexIdsOf);
  if (indexIds.length > 0) await copies.deleteByIds(indexIds);
  await Promise.all(
    documents.map(({ documentId }) => ledger.forgetDocument(assetId, documentId, { upToAttempt: attempt })),
  );
  return indexIds.length;
}
