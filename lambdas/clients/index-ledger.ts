import type { DocumentRecord } from '../contracts/ledger.ts';
import type { LedgerTable } from './asset-ledger/table.ts';
import { AssetLedger, type IntendedDocument, type Intention } from './asset-ledger.ts';

const separator = '@';

/**
 * The asset ledger as one index's writers see it: of an asset's documents, the rows of that index alone. The rows of
 * the first index there was carry a document's plain id, those of another one its index's name as well. Whoever must
 * reach the documents of every index, as a withdrawal does, uses the asset ledger itself.
 */
export class IndexLedger extends AssetLedger {
  readonly #suffix: string;

  /** @param indexName of the index, or undefined for the first one */
  constructor(table: LedgerTable, indexName: string | undefined) {
    super(table);
    this.#suffix = indexName === undefined ? '' : `${separator}${indexName}`;
  }

  override async getDocument(assetId: string, documentId: string): Promise<DocumentRecord | undefined> {
    const row = await super.getDocument(assetId, this.#row(documentId));
    return row && { ...row, documentId };
  }
  override intendDocument(
    document: IntendedDocument,
    run: Parameters<AssetLedger['intendDocument']>[1],
  ): Promise<Intention> {
    return super.intendDocument({ ...document, documentId: this.#row(document.documentId) }, run);
  }
  override async listDocuments(assetId: string): Promise<DocumentRecord[]> {
    const rows = await super.listDocuments(assetId);
    return rows.flatMap((row) => {
      const [documentId = '', ...index] = row.documentId.split(separator);
      const suffix = index.length === 0 ? '' : `${separator}${index.join(separator)}`;
      return suffix === this.#suffix ? [{ ...row, documentId }] : [];
    });
  }
  override forgetDocument(assetId: string, documentId: string, fence: { upToAttempt: number }): Promise<boolean> {
    return super.forgetDocument(assetId, this.#row(documentId), fence);
  }

  #row(documentId: string): string {
    return `${documentId}${this.#suffix}`;
  }
}
