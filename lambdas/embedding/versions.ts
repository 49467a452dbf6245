import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { LedgerTable } from '../clients/asset-ledger/table.ts';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { EmbeddingStates } from '../clients/embedding-state.ts';
import { IndexLedger } from '../clients/index-ledger.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { VectorIndex } from '../clients/vector-index.ts';
import { type EmbeddingState, type EmbedVersion, embedVersionsSchema } from '../contracts/embedding.ts';
import { type Endpoint, versionEndpoint } from './version-endpoint.ts';

/** One version with what holds its vectors, the ledger's rows of them, and what makes them. */
export interface VersionIndex {
  version: EmbedVersion;
  index: VectorIndex;
  ledger: IndexLedger;
  embed: Endpoint;
}

/** The state names an index that this deployment does not have. */
export class VersionMissingError extends Error {
  override readonly name = 'VersionMissingError';
}

export interface VersionsOptions {
  /** JSON, as the deployment gives it. */
  deployed: string;
  table: LedgerTable;
  vectorIndexEndpoint: string;
  sageMaker: SageMakerRuntimeClient;
}

/** The deployed versions of the embedding model. */
export class Versions {
  readonly deployed: readonly EmbedVersion[];
  readonly states: EmbeddingStates;
  readonly #options: VersionsOptions;
  readonly #made = new Map<string, VersionIndex>();
  #everywhere: { ledger: AssetLedger; index: VectorIndex } | undefined;

  constructor(options: VersionsOptions) {
    this.#options = options;
    this.deployed = embedVersionsSchema.parse(JSON.parse(options.deployed));
    this.states = new EmbeddingStates(options.table, this.deployed);
  }

  /** The versions that are written to, the current one first. @throws VersionMissingError */
  active(state: EmbeddingState): VersionIndex[] {
    const other = this.deployed.find(({ indexName }) => indexName === state.other);
    return [this.current(state), ...(other === undefined ? [] : [this.#of(other, state)])];
  }

  /** @throws VersionMissingError where the current version was taken out of the configuration */
  current(state: EmbeddingState): VersionIndex {
    const version = this.deployed.find(({ indexName }) => indexName === state.current);
    if (version === undefined)
      throw new VersionMissingError(
        `readers are answered from ${state.current}, which is not deployed: ${this.deployed.map(({ indexName }) => indexName).join(', ')}. Put its model back, or switch.`,
      );
    return this.#of(version, state);
  }

  /** The documents of all versions: ids of the first index are plain, all others name theirs. */
  everywhere({ origin }: EmbeddingState): { ledger: AssetLedger; index: VectorIndex } {
    const { table, vectorIndexEndpoint } = this.#options;
    this.#everywhere ??= {
      ledger: new AssetLedger(table),
      index: new VectorIndex({ endpoint: vectorIndexEndpoint, indexName: origin }),
    };
    return this.#everywhere;
  }

  #of(version: EmbedVersion, { origin }: EmbeddingState): VersionIndex {
    const known = this.#made.get(version.indexName);
    if (known !== undefined) return known;
    const { table, vectorIndexEndpoint, sageMaker } = this.#options;
    const isOrigin = version.indexName === origin;
    const likeliestFirst = [version, ...this.deployed.filter(({ indexName }) => indexName !== version.indexName)];
    const made: VersionIndex = {
      version,
      index: new VectorIndex({
        endpoint: vectorIndexEndpoint,
        indexName: version.indexName,
        hasQualifiedIds: !isOrigin,
      }),
      ledger: new IndexLedger(table, isOrigin ? undefined : version.indexName),
      embed: versionEndpoint(
        version,
        likeliestFirst.map(({ endpointName }) => new ModelEndpoint({ client: sageMaker, endpointName })),
      ),
    };
    this.#made.set(version.indexName, made);
    return made;
  }
}
