import { type AssetLedger, type Claim, type DocumentWrite, indexIdsOf } from '../clients/asset-ledger.ts';
import { assertWritten, indexedDocument, type VectorIndex } from '../clients/vector-index.ts';
import type { AssetStatus } from '../contracts/assets.ts';
import type { WirescopeDocument } from '../contracts/documents.ts';
import type { DocumentRecord } from '../contracts/ledger.ts';
import { FencedError } from '../runtime/errors.ts';
import { contentSha256 } from './content-hash.ts';
import { copyToAdopt, type PlannedDocument, planWrite } from './write-plan.ts';

export type DocumentLedger = Pick<
  AssetLedger,
  'getAsset' | 'listDocuments' | 'intendDocument' | 'confirmDocument' | 'forgetDocument' | 'suspectDoubles'
>;
export type DocumentIndex = Pick<VectorIndex, 'bulkIndex' | 'deleteByIds' | 'findByDocumentIds'>;

export interface Clock {
  now(): Date;
  wait(milliseconds: number): Promise<void>;
}
export interface IndexClients {
  ledger: DocumentLedger;
  index: DocumentIndex;
  clock: Clock;
  /** How long this run lives at most, from now on. */
  leaseSeconds(): number;
}
export interface WriteCount {
  written: number;
  alreadyWritten: number;
}

/** One request's worth: after it, what it wrote is confirmed before anything else is risked. */
const documentsPerWrite = 100;
const lookEveryMilliseconds = 1_000;

interface Planned extends PlannedDocument {
  document: WirescopeDocument;
  /** The ledger's row before this run. */
  known: DocumentRecord | undefined;
}
interface Claimed {
  planned: Planned;
  claim: Claim<DocumentWrite>;
}

/** What is to be written, and in which states its asset may be meanwhile: any other means that it has ended. */
export interface DocumentWrites {
  assetId: string;
  attempt: number;
  documents: readonly WirescopeDocument[];
  statuses?: readonly AssetStatus[];
}

/**
 * Writes every document of one attempt exactly once: claim in the ledger, write, confirm with the generated `_id`. A
 * run that finds its own earlier work skips it or adopts it. What the confirmed documents replace is deleted.
 * @throws FencedError where a later attempt has taken over or the asset has been settled; RetryableError where index or
 *   ledger do not answer.
 */
export async function writeDocuments(
  clients: IndexClients,
  { assetId, attempt, documents, statuses = ['processing'] }: DocumentWrites,
): Promise<WriteCount> {
  const rows = new Map((await clients.ledger.listDocuments(assetId)).map((row) => [row.documentId, row]));
  // Whoever was here before may have ended between a write and its confirmation, or before a deletion.
  if (rows.size > 0) await clients.ledger.suspectDoubles(assetId);
  const planned = documents.map((document): Planned => {
    const { documentId } = document;
    return { documentId, attempt, contentSha256: contentSha256(document), document, known: rows.get(documentId) };
  });
  const adopted = await lookForEarlierWrites(clients, planned);
  const counts = { written: 0, alreadyWritten: 0 };
  for (let start = 0; start < planned.length; start += documentsPerWrite) {
    const batch = planned.slice(start, start + documentsPerWrite);
    const claimed = await claimBatch(clients, { assetId, attempt, statuses }, batch);
    const toAdopt = claimed.filter(({ planned: { documentId } }) => adopted.has(documentId));
    for (const { planned: one, claim } of toAdopt)
      await confirmAndReplace(clients, claim, adopted.get(one.documentId) ?? '');
    const toWrite = claimed.filter(({ planned: { documentId } }) => !adopted.has(documentId));
    if (toWrite.length > 0) await writeAndConfirm(clients, toWrite);
    counts.written += toWrite.length;
    counts.alreadyWritten += batch.length - toWrite.length;
  }
  return counts;
}

type Writing = Required<Omit<DocumentWrites, 'documents'>>;

/** @returns those that are to be written. Content that an earlier run has confirmed loses what it had to delete. */
async function claimBatch(
  { ledger, index, leaseSeconds }: IndexClients,
  writing: Writing,
  batch: readonly Planned[],
): Promise<Claimed[]> {
  const { assetId, attempt } = writing;
  const claimed: Claimed[] = [];
  const leftBehind: string[] = [];
  for (const planned of batch) {
    const { documentId, contentSha256: sha256, known } = planned;
    const intention = await ledger.intendDocument(
      { documentId, assetId, attempt, contentSha256: sha256 },
      { leaseSeconds: leaseSeconds(), known },
    );
    if (!intention.isWritten) claimed.push({ planned, claim: intention.claim });
    else if (intention.replacedIndexId !== undefined) leftBehind.push(intention.replacedIndexId);
  }
  if (leftBehind.length > 0) await index.deleteByIds(leftBehind);
  if (claimed.length > 0) await stopUnlessCurrent(ledger, writing, claimed);
  return claimed;
}

/**
 * Looked up between the claims and the write: whoever ends the attempt from now on finds the claims, and whoever has
 * ended it before is found here. So nothing is written of what was withdrawn.
 * @throws FencedError
 */
async function stopUnlessCurrent(
  ledger: DocumentLedger,
  { assetId, attempt, statuses }: Writing,
  claimed: readonly Claimed[],
): Promise<void> {
  const asset = await ledger.getAsset(assetId);
  if (asset?.attempt === attempt && statuses.includes(asset.status)) return;
  for (const { planned, claim } of claimed)
    if (claim.previous === undefined)
      await ledger.forgetDocument(assetId, planned.documentId, { upToAttempt: attempt });
  throw new FencedError(`attempt ${attempt} of asset ${assetId} has ended while its documents were to be written`);
}

/** @returns by document id, the `_id` of what a crashed run of this attempt wrote without confirming it. */
async function lookForEarlierWrites(
  { index, clock }: Pick<IndexClients, 'index' | 'clock'>,
  planned: readonly Planned[],
): Promise<Map<string, string>> {
  const adopted = new Map<string, string>();
  const pending = new Map<string, Planned>();
  let untilMilliseconds = 0;
  for (const one of planned) {
    const plan = planWrite(one.known, one);
    if (plan.action !== 'look first') continue;
    pending.set(one.documentId, one);
    untilMilliseconds = Math.max(untilMilliseconds, plan.untilMilliseconds);
  }
  while (pending.size > 0) {
    // Taken before the look: what the index shows after the bound has been visible at the bound.
    const isLastLook = clock.now().getTime() >= untilMilliseconds;
    const copies = await index.findByDocumentIds([...pending.keys()]);
    for (const [documentId, one] of pending) {
      const own = copies
        .filter(({ document }) => document.documentId === documentId)
        .map(({ indexId, document }) => ({
          indexId,
          attempt: document.attempt,
          contentSha256: document.contentSha256,
        }));
      const copy = copyToAdopt(own, one);
      if (copy === undefined) continue;
      adopted.set(documentId, copy.indexId);
      pending.delete(documentId);
    }
    if (isLastLook) break;
    if (pending.size > 0) await clock.wait(lookEveryMilliseconds);
  }
  return adopted;
}

async function writeAndConfirm(clients: IndexClients, claimed: readonly Claimed[]): Promise<void> {
  const writtenAt = clients.clock.now().toISOString();
  const results = await clients.index.bulkIndex(
    claimed.map(({ planned: { document, attempt, contentSha256: sha256 } }) =>
      indexedDocument({ ...document, attempt }, { contentSha256: sha256, writtenAt }),
    ),
  );
  for (const [position, result] of results.entries()) {
    const claim = claimed[position]?.claim;
    if (claim !== undefined && 'indexId' in result) await confirmOrUndo(clients, claim, result.indexId);
  }
  // Only now, so that one refused document does not leave the others of its request unconfirmed.
  for (const result of results) assertWritten(result);
}

/** What this run wrote without becoming its owner is nobody's: it goes, whether the run goes on or not. */
async function confirmOrUndo(clients: IndexClients, claim: Claim<DocumentWrite>, indexId: string): Promise<void> {
  let isOwner = false;
  try {
    isOwner = await confirmAndReplace(clients, claim, indexId);
  } catch (error) {
    if (error instanceof FencedError) await clients.index.deleteByIds([indexId]);
    throw error;
  }
  if (!isOwner) await clients.index.deleteByIds([indexId]);
}

async function confirmAndReplace(
  { ledger, index }: IndexClients,
  claim: Claim<DocumentWrite>,
  indexId: string,
): Promise<boolean> {
  const { isOwner } = await ledger.confirmDocument(claim, indexId);
  const replaced = claim.previous?.indexId;
  if (isOwner && replaced !== undefined && replaced !== indexId) await index.deleteByIds([replaced]);
  return isOwner;
}

/**
 * Takes documents of earlier attempts away that this attempt no longer has, like a shot that another threshold merged.
 * @returns how many.
 */
export async function removeLeftovers(
  { ledger, index }: Pick<IndexClients, 'ledger' | 'index'>,
  { assetId, attempt, documents }: { assetId: string; attempt: number; documents: readonly WirescopeDocument[] },
): Promise<number> {
  const kept = new Set(documents.map(({ documentId }) => documentId));
  const leftovers = (await ledger.listDocuments(assetId)).filter(
    (row) => !kept.has(row.documentId) && row.attempt < attempt,
  );
  return removeRows({ ledger, index }, assetId, attempt, leftovers);
}

/** Deletes from the index first and forgets then: a crash in between leaves rows, which are found again. */
export async function removeRows(
  { ledger, index }: Pick<IndexClients, 'ledger' | 'index'>,
  assetId: string,
  upToAttempt: number,
  rows: readonly DocumentRecord[],
): Promise<number> {
  const indexIds = rows.flatMap(indexIdsOf);
  if (indexIds.length > 0) await index.deleteByIds(indexIds);
  for (const { documentId } of rows) await ledger.forgetDocument(assetId, documentId, { upToAttempt });
  return rows.length;
}
