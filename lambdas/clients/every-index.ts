import { embedVersionsSchema } from '../contracts/embedding.ts';
import { type SearchAnswer, type SearchBody, VectorIndex } from './vector-index.ts';

/**
 * The indexes of all deployed embedding versions as one, for whoever must find every copy of a document, whichever
 * version readers are answered from. Ids name their index, so that a copy is deleted where it lies.
 */
export class EveryIndex {
  readonly #indexes: readonly VectorIndex[];

  constructor(indexes: readonly VectorIndex[]) {
    this.#indexes = indexes;
  }

  /** @param deployed JSON, as the deployment gives it */
  static open(endpoint: string, deployed: string): EveryIndex {
    const versions = embedVersionsSchema.parse(JSON.parse(deployed));
    return new EveryIndex(
      versions.map(({ indexName }) => new VectorIndex({ endpoint, indexName, hasQualifiedIds: true })),
    );
  }

  /** As `VectorIndex.search`, the total over all of them, and the first found in the order of the documents' ids. */
  async search(body: SearchBody): Promise<Pick<SearchAnswer, 'total' | 'found'>> {
    const answers = await Promise.all(this.#indexes.map((index) => index.search(body)));
    return {
      total: answers.reduce((sum, { total }) => sum + total, 0),
      found: answers
        .flatMap(({ found }) => found)
        .sort((a, b) => (a.document.documentId < b.document.documentId ? -1 : 1))
        .slice(0, body.size),
    };
  }

  /** As `VectorIndex.deleteByIds`, of ids that name their index. */
  async deleteByIds(indexIds: readonly string[]): Promise<number> {
    return (await this.#indexes[0]?.deleteByIds(indexIds)) ?? 0;
  }
}
