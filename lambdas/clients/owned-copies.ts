import { embedVersionsSchema } from '../contracts/embedding.ts';
import type { LedgerTable } from './asset-ledger/table.ts';
import { EmbeddingStates } from './embedding-state.ts';
import { VectorIndex } from './vector-index.ts';

/**
 * The copies of documents that the ledger's rows own, in the indexes of all embedding versions. A plain id is of the
 * first index there ever was, whichever a deployment names first; every other id names its index.
 */
export class OwnedCopies {
  readonly #states: EmbeddingStates;
  readonly #endpoint: string;

  constructor(states: EmbeddingStates, endpoint: string) {
    this.#states = states;
    this.#endpoint = endpoint;
  }

  /** @param deployed JSON, as the deployment gives it */
  static open({ table, endpoint, deployed }: { table: LedgerTable; endpoint: string; deployed: string }): OwnedCopies {
    return new OwnedCopies(new EmbeddingStates(table, embedVersionsSchema.parse(JSON.parse(deployed))), endpoint);
  }

  /** As `VectorIndex.deleteByIds`, each where it lies. */
  async deleteByIds(indexIds: readonly string[]): Promise<number> {
    const { origin } = await this.#states.read();
    return new VectorIndex({ endpoint: this.#endpoint, indexName: origin }).deleteByIds(indexIds);
  }
}
