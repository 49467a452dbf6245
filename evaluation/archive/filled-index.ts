import { setTimeout as delay } from 'node:timers/promises';
import { assertWritten, indexedDocument, VectorIndex } from '../../lambdas/clients/vector-index.ts';
import type { Description, WirescopeDocument } from '../../lambdas/contracts/documents.ts';
import { embeddingText, entityTexts } from '../../lambdas/embedding/model-texts.ts';
import { namedEntities } from '../../lambdas/enrich/named-entities.ts';
import { contentSha256 } from '../../lambdas/index/content-hash.ts';
import { Tally } from '../../lambdas/search/query/tally.ts';
import { type Vocabulary, vocabularyOf } from '../../lambdas/search/query/vocabulary.ts';
import { emptyVocabularyFile } from '../../lambdas/search/query/vocabulary-file.ts';
import { environments } from '../../lib/config/environments.ts';
import { environmentSchema } from '../../lib/config/schema.ts';
import { indexBody } from '../../lib/resources/index-mapping.ts';
import { type SearchNode, startSearchNode, takeLocalCredentials } from '../../local/search/own-node.ts';
import { packagesOf } from '../../setup/model-archives.ts';
import type { BulkResult } from '../models/bulk.ts';
import { progressBar } from '../models/progress.ts';
import type { Enricher } from '../models/served.ts';

export interface FilledIndex {
  index: VectorIndex;
  node: SearchNode;
  documents: number;
  /** The names and words of all documents, as the product counts them. */
  vocabulary: Vocabulary;
  work: { embedding: BulkResult; naming: BulkResult; indexingSeconds: number };
}
interface Options {
  descriptions: readonly Description[];
  enricher: Enricher;
  /** Whether documents get their names; without them a run over a large collection takes half the time. */
  isNamed: boolean;
}

const documentsPerWrite = 500;
const visibilityMilliseconds = 1000;
const indexName = 'evaluation';
/** 100,000 documents of 384 dimensions fit; the vectors themselves lie outside the heap. */
const heapMebibytes = 1024;

/** The mapping and settings that the stacks create, for the models that this machine serves. */
export function localIndexBody(): ReturnType<typeof indexBody> {
  const embed = packagesOf('local').find(({ endpoint }) => endpoint === 'embed');
  if (embed === undefined) throw new Error('the local environment serves no embed model');
  return indexBody(embed, environmentSchema.parse(environments.local).search);
}

/**
 * Enriches descriptions as the enrich step does and writes them into an index of their own, on a node of its own.
 * Whoever asks for it stops the node.
 */
export async function fillIndex({ descriptions, enricher, isNamed }: Options): Promise<FilledIndex> {
  const starting = startSearchNode({ visibilityMilliseconds, heapMebibytes });
  let node: SearchNode | undefined;
  try {
    const embedding = await enricher.embedAll(descriptions.map(embeddingText));
    const naming = await enricher.nameAll(isNamed ? descriptions.flatMap(entityTexts) : []);
    node = await starting;
    takeLocalCredentials();
    const index = new VectorIndex({ endpoint: node.endpoint, indexName, requestTimeoutMilliseconds: 120_000 });
    await index.prepare(localIndexBody());
    const startedAt = performance.now();
    const vocabulary = await writeEnriched(index, { descriptions, enricher, isNamed });
    const indexingSeconds = (performance.now() - startedAt) / 1000;
    return { index, node, documents: descriptions.length, vocabulary, work: { embedding, naming, indexingSeconds } };
  } catch (error) {
    await (node ?? (await starting.catch(() => undefined)))?.stop();
    throw error;
  }
}

/** Writes what has been embedded already, and waits until it can be found. @returns the vocabulary of what was written */
export async function writeEnriched(
  index: VectorIndex,
  { descriptions, enricher, isNamed }: Options,
): Promise<Vocabulary> {
  const tally = new Tally(emptyVocabularyFile(new Date()));
  await writeAll(index, descriptions, (description) => {
    const document = enriched(description, enricher, isNamed);
    tally.add(document);
    return document;
  });
  await untilVisible(index, descriptions.length);
  return vocabularyOf(tally.counted());
}

function enriched(description: Description, enricher: Enricher, isNamed: boolean): WirescopeDocument {
  const { embed, entities } = enricher.identities;
  const read = isNamed ? entityTexts(description).map((text) => ({ text, spans: enricher.spans.get(text) })) : [];
  return {
    ...description,
    attempt: 1,
    entities: namedEntities(description, read),
    vector: enricher.vectors.get(embeddingText(description)),
    models: {
      embed: { name: embed.model, version: embed.version },
      entities: { name: entities.model, version: entities.version },
    },
  };
}

async function writeAll(
  index: VectorIndex,
  descriptions: readonly Description[],
  documentOf: (description: Description) => WirescopeDocument,
): Promise<void> {
  const writtenAt = new Date().toISOString();
  const bar = progressBar('indexing', descriptions.length);
  try {
    for (let start = 0; start < descriptions.length; start += documentsPerWrite) {
      const batch = descriptions.slice(start, start + documentsPerWrite).map((description) => {
        const document = documentOf(description);
        return indexedDocument(document, { contentSha256: contentSha256(document), writtenAt });
      });
      for (const result of await index.bulkIndex(batch)) assertWritten(result);
      bar.advance(batch.length);
    }
  } finally {
    bar.stop();
  }
}

async function untilVisible(index: VectorIndex, wanted: number): Promise<void> {
  for (;;) {
    const { total } = await index.search({ query: { match_all: {} }, size: 1, track_total_hits: true });
    if (total >= wanted) return;
    await delay(200);
  }
}
