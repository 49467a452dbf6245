import type { AssetLedger } from '../clients/asset-ledger.ts';
import { assertWritten, indexedDocument, type VectorIndex } from '../clients/vector-index.ts';
import type { WirescopeDocument } from '../contracts/documents.ts';
import { contentSha256 } from './content-hash.ts';
import { copyToAdopt, type PlannedDocument, planWrite } from './write-plan.ts';

export type DocumentLedger = Pick<
  AssetLedger,
  'listDocuments' | 'intendDocument' | 'confirmDocument' | 'forgetDocument'
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
}

/**
 * Writes every document of one attempt exactly once: intend in the ledger, write, confirm with the generated `_id`.
 * A run that finds its own earlier work skips it or adopts it. What the confirmed documents replace is deleted.
 * @throws FencedError where a later attempt has taken over; RetryableError where index or ledger do not answer.
 */
export async function writeDocuments(
  { ledger, index, clock }: IndexClients,
  { assetId, attempt, documents }: { assetId: string; attempt: number; documents: readonly WirescopeDocument[] },
): Promise<WriteCount> {
  const rows = new Map((await ledger.listDocuments(assetId)).map((row) => [row.documentId, row]));
  const planned = documents.map((document): Planned => {
    const { documentId } = document;
    return { documentId, attempt, contentSha256: contentSha256(document), document };
  });
  const adopted = await lookForEarlierWrites({ index, clock }, planned, rows);
  const toWrite: { planned: Planned; replaces: string | undefined }[] = [];
  let alreadyWritten = 0;
  for (const one of planned) {
    const { documentId, contentSha256: sha256 } = one;
    const intention = await ledger.intendDocument({ documentId, assetId, attempt, contentSha256: sha256 });
    const found = adopted.get(documentId);
    if (!intention.isWritten && found === undefined) toWrite.push({ planned: one, replaces: intention.indexId });
    else alreadyWritten += 1;
    if (!intention.isWritten && found !== undefined) {
      const { isOwner } = await ledger.confirmDocument({ documentId, assetId, attempt, indexId: found });
      if (isOwner) await removeReplaced(index, [intention.indexId], found);
    }
  }
  for (let start = 0; start < toWrite.length; start += documentsPerWrite)
    await writeAndConfirm({ ledger, index, clock }, assetId, attempt, toWrite.slice(start, start + documentsPerWrite));
  return { written: toWrite.length, alreadyWritten };
}

/** @returns by document id, the `_id` of what a crashed run of this attempt wrote without confirming it. */
async function lookForEarlierWrites(
  { index, clock }: Pick<IndexClients, 'index' | 'clock'>,
  planned: readonly Planned[],
  rows: ReadonlyMap<string, Parameters<typeof planWrite>[0]>,
): Promise<Map<string, string>> {
  const adopted = new Map<string, string>();
  const pending = new Map<string, Planned>();
  let untilMilliseconds = 0;
  for (const one of planned) {
    const plan = planWrite(rows.get(one.documentId), one);
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

async function writeAndConfirm(
  { ledger, index, clock }: IndexClients,
  assetId: string,
  attempt: number,
  batch: readonly { planned: Planned; replaces: string | undefined }[],
): Promise<void> {
  const writtenAt = clock.now().toISOString();
  const results = await index.bulkIndex(
    batch.map(({ planned: { document, contentSha256: sha256 } }) =>
      indexedDocument({ ...document, attempt }, { contentSha256: sha256, writtenAt }),
    ),
  );
  for (const [position, result] of results.entries()) {
    if (!('indexId' in result)) continue;
    const { documentId, indexId } = result;
    const confirmation = await ledger.confirmDocument({ documentId, assetId, attempt, indexId });
    if (confirmation.isOwner) await removeReplaced(index, [batch[position]?.replaces], indexId);
    else await index.deleteByIds([indexId]);
  }
  // Only now, so that one refused document does not leave the others of its request unconfirmed.
  for (const result of results) assertWritten(result);
}

async function removeReplaced(
  index: DocumentIndex,
  replaced: readonly (string | undefined)[],
  owned: string,
): Promise<void> {
  const gone = replaced.filter((indexId): indexId is string => indexId !== undefined && indexId !== owned);
  if (gone.length > 0) await index.deleteByIds(gone);
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
  rows: readonly { documentId: string; indexId?: string | undefined }[],
): Promise<number> {
  const indexIds = rows.flatMap(({ indexId }) => (indexId === undefined ? [] : [indexId]));
  if (indexIds.length > 0) await index.deleteByIds(indexIds);
  for (const { documentId } of rows) await ledger.forgetDocument(assetId, documentId, { upToAttempt });
  return rows.length;
}
