import path from 'node:path';
import {
  type EndpointName,
  type EntitySpan,
  embedResponseSchema,
  entitiesResponseSchema,
} from '../../lambdas/contracts/models.ts';
import { type ArchiveIdentity, ArchiveModel } from '../../local/models/archive-process.ts';
import { modelArchiveFile, servedLocally } from '../../setup/model-archives.ts';
import { places } from '../../setup/places.ts';
import { type AnswerStore, SpanStore, VectorStore } from './answer-store.ts';
import { answerAll, type BulkResult } from './bulk.ts';

export const workshop = path.join(places.workshop, 'evaluation');

/** One of the archives that this machine's endpoints serve, in processes of the evaluation's own. */
export function startModel(endpoint: EndpointName, processes: number): ArchiveModel {
  const model = servedLocally().find((one) => one.endpoint === endpoint);
  if (model === undefined) throw new Error(`the local environment serves no ${endpoint}`);
  return new ArchiveModel(modelArchiveFile(model), { processes });
}

/** The embed and entities models with what they have said so far. */
export class Enricher {
  readonly embed: ArchiveModel;
  readonly entities: ArchiveModel;
  readonly #processes: number;
  readonly #stores: { vectors: VectorStore; spans: SpanStore };
  readonly identities: { embed: ArchiveIdentity; entities: ArchiveIdentity };

  private constructor(
    models: { embed: ArchiveModel; entities: ArchiveModel },
    identities: Enricher['identities'],
    stores: { vectors: VectorStore; spans: SpanStore },
    processes: number,
  ) {
    this.embed = models.embed;
    this.entities = models.entities;
    this.identities = identities;
    this.#stores = stores;
    this.#processes = processes;
  }

  static async start(processes: number): Promise<Enricher> {
    const models = { embed: startModel('embed', processes), entities: startModel('entities', processes) };
    const [embed, entities] = await Promise.all([models.embed.identity(), models.entities.identity()]);
    const [probe] = (await models.embed.invokeJson({ texts: ['dimension'] }, embedResponseSchema)).vectors;
    const stores = {
      vectors: new VectorStore(fileOf(embed, 'f32'), probe?.length ?? 0),
      spans: new SpanStore(fileOf(entities, 'jsonl')),
    };
    return new Enricher(models, { embed, entities }, stores, processes);
  }

  get vectors(): AnswerStore<number[]> {
    return this.#stores.vectors;
  }

  get spans(): AnswerStore<EntitySpan[]> {
    return this.#stores.spans;
  }

  embedAll(texts: Iterable<string>): Promise<BulkResult> {
    return answerAll('embedding', texts, {
      store: this.#stores.vectors,
      ask: async (batch) => (await this.embed.invokeJson({ texts: batch }, embedResponseSchema)).vectors,
      workers: this.#processes,
    });
  }

  nameAll(texts: Iterable<string>): Promise<BulkResult> {
    return answerAll('finding names', texts, {
      store: this.#stores.spans,
      ask: async (batch) => (await this.entities.invokeJson({ texts: batch }, entitiesResponseSchema)).entities,
      workers: this.#processes,
    });
  }

  async stop(): Promise<void> {
    this.#stores.vectors.close();
    this.#stores.spans.close();
    await Promise.all([this.embed.stop(), this.entities.stop()]);
  }
}

/** Named by what decides the answers: another graph or tokenizer starts a file of its own. */
const fileOf = ({ model, version, sha256 }: ArchiveIdentity, extension: string): string =>
  path.join(workshop, 'answers', `${model}-${version}-${sha256.slice(0, 12)}.${extension}`);
