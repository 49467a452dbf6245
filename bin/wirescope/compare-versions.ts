import { type Collection, type CollectionDocument, readCorpus } from '../../evaluation/collection/beir.ts';
import { ndcg } from '../../evaluation/metrics.ts';
import { embedTexts } from '../../lambdas/clients/model-batches.ts';
import type { VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { unfittedModel } from '../../lambdas/embedding/fitted-for.ts';
import type { Endpoint } from '../../lambdas/embedding/version-endpoint.ts';

/** One version: what makes its vectors and, of the archive itself, what holds them. */
export interface ComparedVersion {
  label: string;
  embed: Endpoint;
  index: Pick<VectorIndex, 'search'>;
}
export interface VersionQuality {
  label: string;
  /** Mean over the collection's answerable queries, by the vectors alone and an exact search; by class beside it. */
  ndcg10: number;
  byClass: Record<string, number>;
}
export interface Comparison {
  quality: [VersionQuality, VersionQuality];
  queries: number;
  /** Of the first ten documents of the archive for each query, the share that both versions have, by the vectors alone. */
  top10Overlap: number;
  /** Versions that search's weights and line were not fitted for: what its vectors can do is not what readers would get. */
  notFittedFor: string[];
}

const depth = 10;

/**
 * Two versions side by side: nDCG@10 on a judged collection, and how far their first ten for real queries agree.
 * @throws what the endpoints and the index throw
 */
export async function compareVersions(
  versions: readonly [ComparedVersion, ComparedVersion],
  collection: Collection,
  queries: readonly string[],
): Promise<Comparison> {
  const [first, second] = versions;
  return {
    quality: [await qualityOf(first, collection), await qualityOf(second, collection)],
    queries: queries.length,
    top10Overlap: await overlapOf(versions, queries),
    notFittedFor: versions.map(({ label }) => label).filter((label) => unfittedModel(label) !== undefined),
  };
}

async function qualityOf({ label, embed }: ComparedVersion, collection: Collection): Promise<VersionQuality> {
  const corpus: CollectionDocument[] = [];
  for await (const document of readCorpus(collection)) corpus.push(document);
  const texts = corpus.map(({ title, text }) => (title ? `${title}. ${text}` : text));
  const { results: documents } = await embedTexts(embed, texts);
  const answerable = collection.queries.filter(({ isUnanswerable }) => !isUnanswerable);
  const asked = await embedTexts(
    embed,
    answerable.map(({ text }) => text),
  );
  const gains = answerable.map((query, at) => {
    const vector = asked.results[at] ?? [];
    const ranking = documents
      .map((document, place) => ({ id: corpus[place]?._id ?? '', score: dot(vector, document) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, depth)
      .map(({ id }) => id);
    return { class: query.class, gain: ndcg(ranking, query.judgements, depth) };
  });
  const byClass = Object.entries(Object.groupBy(gains, (one) => one.class)).map(([name, own = []]) => [
    name,
    mean(own),
  ]);
  return { label, ndcg10: mean(gains), byClass: Object.fromEntries(byClass) as Record<string, number> };
}

async function overlapOf(
  versions: readonly [ComparedVersion, ComparedVersion],
  queries: readonly string[],
): Promise<number> {
  const vectors = await Promise.all(versions.map(async ({ embed }) => (await embedTexts(embed, queries)).results));
  let shared = 0;
  let most = 0;
  for (const at of queries.keys()) {
    const [one = [], other = []] = await Promise.all(
      versions.map(({ index }, place) => nearest(index, vectors[place]?.[at] ?? [])),
    );
    shared += one.filter((id) => other.includes(id)).length;
    most += Math.max(one.length, other.length);
  }
  return most === 0 ? 1 : shared / most;
}

async function nearest(index: ComparedVersion['index'], vector: readonly number[]): Promise<string[]> {
  const { found } = await index.search({ query: { knn: { vector: { vector, k: depth } } }, size: depth });
  return found.map(({ document }) => document.documentId);
}

/** Both are unit vectors: this is their cosine. */
function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

const mean = (gains: readonly { gain: number }[]): number =>
  gains.reduce((sum, { gain }) => sum + gain, 0) / gains.length;

/** For people. */
export function comparisonInWords({ quality, queries, top10Overlap, notFittedFor }: Comparison): string {
  const [first, second] = quality;
  const classes = Object.keys(first.byClass).map(
    (name) => `  ${name}: ${first.byClass[name]?.toFixed(3)} -> ${second.byClass[name]?.toFixed(3)}`,
  );
  return [
    `nDCG@10 of the vectors alone: ${first.label} ${first.ndcg10.toFixed(4)} -> ${second.label} ${second.ndcg10.toFixed(4)}`,
    ...classes,
    `${(100 * top10Overlap).toFixed(1)} % of the first ten for ${queries} queries are the same documents.`,
    ...notFittedFor.map(
      (label) =>
        `The fusion's weights and the line below which nothing is answered were not fitted for ${label}: fit them (docs/decisions/0010) before it is judged by what readers get.`,
    ),
  ].join('\n');
}
