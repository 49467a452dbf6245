import { z } from 'zod';
import { executionName } from '../../contracts/keys.ts';
import { type DocumentRecord, documentRecordSchema, ledgerKeys } from '../../contracts/ledger.ts';
import type { EffectRow } from '../../contracts/side-effects.ts';
import { FencedError, RetryableError } from '../../runtime/errors.ts';
import { type Claim, type EffectStore, SideEffects } from './side-effects.ts';

/** What a document's write leaves. */
const documentWriteSchema = z.object({
  /** The `_id` that the index generated. */
  indexId: z.string(),
  /** The `_id` of the content that this one replaced: it is to be deleted, by whoever comes by. */
  replaces: z.string().optional(),
});
export type DocumentWrite = z.infer<typeof documentWriteSchema>;

export type IntendedDocument = Pick<DocumentRecord, 'documentId' | 'assetId' | 'attempt' | 'contentSha256'>;

export type Intention =
  /** The index holds exactly this content already. */
  | { isWritten: true; indexId: string; replacedIndexId?: string | undefined }
  | { isWritten: false; claim: Claim<DocumentWrite> };

export interface Confirmation {
  /** False where another run of this attempt confirmed its own write: delete what this one wrote. */
  isOwner: boolean;
  /** The `_id` that the ledger owns. */
  indexId: string;
}

/** Where documents' rows are kept, and who hears of copies that may be nobody's. */
export interface DocumentRows extends EffectStore {
  list(pk: string, skPrefix: string): Promise<{ sk: string; row: EffectRow }[]>;
  suspectDoubles(assetId: string): Promise<void>;
}

/** Documents' writes to the index: the one effect whose store forbids ids of ours, so that the ledger alone knows it. */
export class Documents {
  readonly #rows: DocumentRows;
  readonly #writes: SideEffects<DocumentWrite>;

  constructor(rows: DocumentRows, now?: () => Date) {
    this.#rows = rows;
    this.#writes = new SideEffects(rows, documentWriteSchema, now);
  }

  async get(assetId: string, documentId: string): Promise<DocumentRecord | undefined> {
    const row = await this.#rows.read(ledgerKeys.document(assetId, documentId));
    return row && recordOf(assetId, documentId, row);
  }

  /** Every document the ledger knows of an asset, intended and confirmed (a consistent read). */
  async list(assetId: string): Promise<DocumentRecord[]> {
    const prefix = ledgerKeys.documentPrefix;
    const rows = await this.#rows.list(ledgerKeys.asset(assetId).pk, prefix);
    return rows.map(({ sk, row }) => recordOf(assetId, sk.slice(prefix.length), row));
  }

  /**
   * Claims a document's write. Content that an earlier run or attempt has confirmed is not written again. The runs of
   * one attempt follow one another, so that a later one takes the claim of an earlier one back at once.
   * @param known the row as `list` has just given it.
   * @param leaseSeconds how long this run lives at most.
   * @throws FencedError where a later attempt has claimed this document.
   */
  async intend(
    { documentId, assetId, attempt, contentSha256 }: IntendedDocument,
    { leaseSeconds, known }: { leaseSeconds: number; known?: DocumentRecord | undefined },
  ): Promise<Intention> {
    const answer = await this.#writes.claim(
      ledgerKeys.document(assetId, documentId),
      { owner: `${executionName(assetId, attempt)}/index`, leaseSeconds, attempt, subject: contentSha256 },
      known?.effect,
    );
    if (answer.state === 'claimed') return { isWritten: false, claim: answer.claim };
    if (answer.state === 'confirmed')
      return { isWritten: true, indexId: answer.result.indexId, replacedIndexId: answer.result.replaces };
    throw new RetryableError('LedgerContentionError', `document ${documentId} is written until ${answer.until}`);
  }

  /**
   * Writes down the `_id` that the index generated, and what it replaces.
   * @throws FencedError where a later attempt has claimed this document, or it was forgotten; RetryableError where
   *   another run of this attempt is writing it. Either way what this run wrote is nobody's.
   */
  async confirm(claim: Claim<DocumentWrite>, indexId: string): Promise<Confirmation> {
    const { previous, key } = claim;
    try {
      const stands = await this.#writes.confirm(claim, {
        indexId,
        ...(previous === undefined ? {} : { replaces: previous.indexId }),
      });
      return { isOwner: stands.indexId === indexId, indexId: stands.indexId };
    } catch (error) {
      const current = error instanceof FencedError ? await this.#rows.read(key) : undefined;
      if (current?.attempt !== claim.row.attempt) throw error;
      const done = current.state === 'confirmed' ? documentWriteSchema.parse(current.result) : undefined;
      if (done !== undefined) return { isOwner: false, indexId: done.indexId };
      throw new RetryableError('LedgerContentionError', `another run of the attempt is writing ${key.sk}`, {
        cause: error,
      });
    }
  }

  /**
   * Takes a document's row away, after its content was deleted from the index. Where its write was under way, a copy
   * may come to light later: the sweeper is told first.
   * @returns false where an attempt later than `upToAttempt` has taken the document over: it stays.
   */
  async forget(assetId: string, documentId: string, { upToAttempt }: { upToAttempt: number }): Promise<boolean> {
    const key = ledgerKeys.document(assetId, documentId);
    const row = await this.#rows.read(key);
    if (row !== undefined && row.attempt <= upToAttempt && row.state !== 'confirmed')
      await this.#rows.suspectDoubles(assetId);
    return this.#writes.forget(key, { upToAttempt }, row);
  }
}

/** Every `_id` under which a document's content may lie in the index, as far as its row tells. */
export const indexIdsOf = ({ indexId, replacedIndexId }: DocumentRecord): string[] =>
  [indexId, replacedIndexId].filter((id) => id !== undefined);

function recordOf(assetId: string, documentId: string, effect: EffectRow): DocumentRecord {
  const write = effect.result === undefined ? undefined : documentWriteSchema.parse(effect.result);
  return documentRecordSchema.parse({
    documentId,
    assetId,
    attempt: effect.attempt,
    state: effect.state === 'confirmed' ? 'confirmed' : 'intended',
    contentSha256: effect.subject,
    indexId: write?.indexId,
    replacedIndexId: write?.replaces,
    updatedAt: effect.updatedAt,
    effect,
  });
}
