import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { seededRandom } from '../../evaluation/seeded-random.ts';
import {
  embedResponseSchema,
  entitiesResponseSchema,
  rerankResponseSchema,
  shotsModelSchema,
  shotsResponseSchema,
} from '../../lambdas/contracts/models.ts';
import { packagesOf } from '../../setup/model-archives.ts';
import { root } from '../../setup/places.ts';

/** Endpoints that answer while their caller waits, and the one that takes chunks of videos from a queue. */
export const textEndpoints = ['embed', 'entities', 'rerank'] as const;
export const sizedEndpoints = [...textEndpoints, 'shots'] as const;
export type SizedEndpoint = (typeof sizedEndpoints)[number];
/** What a request's length counts. */
export const lengthUnits = {
  embed: 'characters',
  entities: 'characters',
  rerank: 'characters',
  shots: 'frames',
} as const;
/** What is asked: an editor's queries, or an asset's descriptions on their way into the index. */
export const mixes = ['queries', 'documents'] as const;
export type Mix = (typeof mixes)[number];

export interface ModelRequest {
  body: unknown;
  /** Of all its texts together in characters, or of all its windows in frames that count. */
  length: number;
}

export const responseSchemas = {
  embed: embedResponseSchema,
  entities: entitiesResponseSchema,
  rerank: rerankResponseSchema,
  shots: shotsResponseSchema,
} as const;

/** As many as search reranks: `lambdas/search/settings.ts` sets it. */
const rerankedDocuments = 50;
const seed = 20_261_124;

const lineSchema = z.object({ text: z.string().min(1), title: z.string().nullish() });
const evaluationFolder = path.join(root, 'evaluation');

/**
 * Requests as the product sends them, of the project's own queries and documents in their own mix of lengths, in an
 * order that is the same in every run.
 */
export function realisticRequests(endpoint: SizedEndpoint, mix: Mix): ModelRequest[] {
  if (endpoint === 'shots') return windowRequests();
  const queries = shuffled([...linesOf('newsroom/queries.jsonl'), ...linesOf('ner/queries.jsonl')]);
  const documents = shuffled(linesOf('newsroom/corpus.jsonl'));
  if (endpoint === 'rerank')
    return queries.map((query, at) => {
      const pairs = Array.from({ length: rerankedDocuments }, (_, offset) => cyclic(documents, at + offset));
      return requestOf({ query, documents: pairs }, [query, ...pairs]);
    });
  return (mix === 'queries' ? queries : documents).map((text) => requestOf({ texts: [text] }, [text]));
}

const frameBytes = 27 * 48 * 3;

/** One window up to as many as a request may hold, of noise: a convolution takes as long whatever it sees. */
function windowRequests(): ModelRequest[] {
  const model = shotsModelSchema.parse(packagesOf('local').find(({ endpoint }) => endpoint === 'shots'));
  const { windowFrames, strideFrames, maxBatch } = model.limits;
  const random = seededRandom(seed);
  const pixels = Buffer.from(Uint8Array.from({ length: windowFrames * frameBytes }, () => 256 * random()));
  const window = { b64: pixels.toString('base64') };
  return Array.from({ length: maxBatch }, (_, at) => ({
    body: { signature_name: 'serving_bytes', inputs: { windows: Array.from({ length: at + 1 }, () => window) } },
    length: (at + 1) * strideFrames,
  }));
}

const requestOf = (body: unknown, texts: readonly string[]): ModelRequest => ({
  body,
  length: texts.reduce((sum, text) => sum + text.length, 0),
});

export function cyclic<Item>(items: readonly Item[], at: number): Item {
  return items[at % items.length] as Item;
}

const linesOf = (file: string): string[] =>
  readFileSync(path.join(evaluationFolder, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { title, text } = lineSchema.parse(JSON.parse(line));
      return title ? `${title}. ${text}` : text;
    });

/** Fisher and Yates: neighbours in a collection are of one kind and of like length. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const random = seededRandom(seed);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as Item, order[last] as Item];
  }
  return order;
}
