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

/** A walk asks for each asset; versions change places once in a year. */
const recentMilliseconds = 10_000;

/** Every deployed version's, the current one first. @param deployed JSON, as the deployment gives it */
export function openIndexes(table: LedgerTable, endpoint: string, deployed: string): () => Promise<ReconciledIndex[]> {
  const versions = embedVersionsSchema.parse(JSON.parse(deployed));
  const states = new EmbeddingStates(table, versions);
  const made = new Map<string, Pick<ReconciledIndex, 'index' | 'ledger'>>();
  const clientsOf = (indexName: string, isOrigin: boolean) => {
    const known = made.get(indexName) ?? {
      index: new VectorIndex({ endpoint, indexName, hasQualifiedIds: !isOrigin }),
      ledger: new IndexLedger(table, isOrigin ? undefined : indexName),
    };
    made.set(indexName, known);
    return known;
  };
  let read: { at: number; indexes: ReconciledIndex[] } | undefined;
  return async () => {
    if (read !== undefined && Date.now() - read.at < recentMilliseconds) return read.indexes;
    const { origin, current, other } = await states.read();
    const indexes = versions
      .map(({ indexName }) => ({
        name: indexName,
        isCurrent: indexName === current,
        isActive: indexName === current || indexName === other,
        ...clientsOf(indexName, indexName === origin),
      }))
      .sort((one, two) => Number(two.isCurrent) - Number(one.isCurrent));
    read = { at: Date.now(), indexes };
    return indexes;
  };
}
