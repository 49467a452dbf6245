import type { LedgerTable } from '../../clients/asset-ledger/table.ts';
import { EmbeddingStates } from '../../clients/embedding-state.ts';
import { IndexLedger } from '../../clients/index-ledger.ts';
import { VectorIndex } from '../../clients/vector-index.ts';
import { embedVersionsSchema } from '../../contracts/embedding.ts';

/** The index of one embedding version, with the ledger's rows of it. */
export interface ReconciledIndex {
  name: string;
  /** Whether readers are answered from it, so that it must hold everything. */
  isCurrent: boolean;
  /** Whether it is written to. */
  isActive: boolean;
  index: Pick<VectorIndex, 'documentsInOrder' | 'deleteByIds' | 'findByDocumentIds'>;
  ledger: Pick<IndexLedger, 'listDocuments' | 'forgetDocument'>;
}

/** Every deployed version's, the current one first. @param deployed JSON, as the deployment gives it */
export function openIndexes(table: LedgerTable, endpoint: string, deployed: string): () => Promise<ReconciledIndex[]> {
  const versions = embedVersionsSchema.parse(JSON.parse(deployed));
  const states = new EmbeddingStates(table, versions);
  return async () => {
    const { origin, current, other } = await states.read();
    return versions
      .map(({ indexName }) => ({
        name: indexName,
        isCurrent: indexName === current,
        isActive: indexName === current || indexName === other,
        index: new VectorIndex({ endpoint, indexName, hasQualifiedIds: indexName !== origin }),
        ledger: new IndexLedger(table, indexName === origin ? undefined : indexName),
      }))
      .sort((one, two) => Number(two.isCurrent) - Number(one.isCurrent));
  };
}
