import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readCollection, readCorpus } from '../../evaluation/collection/beir.ts';
import { collectionRanking, describe } from '../../evaluation/collection/descriptions.ts';
import { ndcg } from '../../evaluation/metrics.ts';
import { type Span, score } from '../../evaluation/names/score.ts';
import type { Description } from '../../lambdas/contracts/documents.ts';
import { entityLabelSchema } from '../../lambdas/contracts/models.ts';
import { embeddingText } from '../../lambdas/embedding/model-texts.ts';
import { root } from '../../setup/places.ts';
import type { TextEndpoint } from './prepare.ts';

/** As enrichment sends them. */
export const textsPerRequest = 32;
const depth = 10;

/** Answers one request of an endpoint's contract. */
export type Ask = (body: unknown) => Promise<unknown>;

const vectorsSchema = z.object({ vectors: z.array(z.array(z.number())) });
const spansSchema = z.object({
  entities: z.array(
    z.array(z.object({ start: z.number(), end: z.number(), label: entityLabelSchema, score: z.number() })),
  ),
});
const labelledLineSchema = z.object({
  text: z.string(),
  entities: z.array(z.object({ start: z.number(), end: z.number(), label: entityLabelSchema })),
});

/** What the product asks of a model: nDCG@10 of the nearest vectors for `embed`, exact-span F1 for `entities`. */
export const qualityOf = (endpoint: TextEndpoint, ask: Ask): Promise<number> =>
  endpoint === 'embed' ? rankingQuality(ask) : nameQuality(ask);

async function rankingQuality(ask: Ask): Promise<number> {
  const collection = await readCollection(path.join(root, 'evaluation', 'newsroom'));
  const documents: Description[] = [];
  for await (const document of readCorpus(collection)) documents.push(...describe(document));
  const queries = collection.queries.filter(({ isUnanswerable }) => !isUnanswerable);
  const embed = (texts: string[]): Promise<number[][]> =>
    inBatches(texts, async (batch) => vectorsSchema.parse(await ask({ texts: batch })).vectors);
  const documentVectors = await embed(documents.map(embeddingText));
  const queryVectors = await embed(queries.map(({ text }) => text));
  const gains = queries.map(({ judgements }, index) => {
    const vector = queryVectors[index] ?? [];
    const ranked = documents
      .map(({ documentId }, place) => ({ documentId, cosine: dot(vector, documentVectors[place] ?? []) }))
      .sort((a, b) => b.cosine - a.cosine)
      .map(({ documentId }) => documentId);
    return ndcg(collectionRanking(ranked), judgements, depth);
  });
  return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

async function nameQuality(ask: Ask): Promise<number> {
  const lines = ['sentences', 'queries'].flatMap((set) =>
    readFileSync(path.join(root, 'evaluation', 'ner', `${set}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => labelledLineSchema.parse(JSON.parse(line))),
  );
  const found: Span[][] = await inBatches(
    lines.map(({ text }) => text),
    async (batch) => spansSchema.parse(await ask({ texts: batch })).entities,
  );
  return score(
    lines.map(({ entities }) => entities),
    found,
  ).f1;
}

async function inBatches<Result>(texts: string[], ask: (batch: string[]) => Promise<Result[]>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < texts.length; at += textsPerRequest)
    results.push(...(await ask(texts.slice(at, at + textsPerRequest))));
  return results;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
