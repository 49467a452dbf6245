import { z } from 'zod';
import type { Clause } from './filters.ts';
import { queryStems } from './query-terms.ts';
import type { SearchIndex } from './retrieve.ts';
import { lexicalFields } from './settings.ts';

/** What lies under the filters, whatever is asked. */
export interface Survey {
  assets: number;
  documents: number;
  newestArrivedAt: string | null;
  /** How many documents hold each stem of the query. */
  ofStem: ReadonlyMap<string, number>;
}

/** Below this many, OpenSearch's count of different values is close to exact; it takes no more. */
const exactCountUpTo = 40_000;

const overviewSchema = z.object({
  assets: z.object({ value: z.number() }),
  documents: z.object({ value: z.number() }),
  newest: z.object({ value: z.number().nullable() }),
});
const wordCountsSchema = z.object({
  words: z.object({ buckets: z.record(z.string(), z.object({ doc_count: z.number() })) }),
});

/**
 * Counts under the filters, in requests that bring no document. What does not depend on the words is a request of its own:
 * counting different values takes as long as there are documents, and the index remembers what it answered to the same
 * request since it last changed.
 */
export async function survey(index: SearchIndex, text: string, filter: Clause, milliseconds: number): Promise<Survey> {
  const limit = { timeoutMilliseconds: milliseconds };
  const [overview, ofStem] = await Promise.all([
    overviewOf(index, filter, limit),
    stemCounts(index, text, filter, limit),
  ]);
  return { ...overview, ofStem };
}

async function overviewOf(
  index: SearchIndex,
  filter: Clause,
  limit: { timeoutMilliseconds: number },
): Promise<Omit<Survey, 'ofStem'>> {
  const { aggregations, total } = await index.search(
    {
      query: filter,
      size: 0,
      track_total_hits: true,
      aggs: {
        assets: { cardinality: { field: 'assetId', precision_threshold: exactCountUpTo } },
        documents: { cardinality: { field: 'documentId', precision_threshold: exactCountUpTo } },
        newest: { max: { field: 'arrivedAt' } },
      },
    },
    limit,
  );
  const { assets, documents, newest } = overviewSchema.parse(aggregations);
  return {
    assets: assets.value,
    // A document may lie there twice for minutes and counts once; where its ids can only be estimated, copies are nearer.
    documents: documents.value <= exactCountUpTo ? Math.min(documents.value, total) : total,
    newestArrivedAt: newest.value === null ? null : new Date(newest.value).toISOString(),
  };
}

const unweightedFields = lexicalFields.map((field) => field.replace(/\^.*$/, ''));

/** Documents that hold each stem of a text. */
async function stemCounts(
  index: SearchIndex,
  text: string,
  filter: Clause,
  limit: { timeoutMilliseconds: number },
): Promise<Survey['ofStem']> {
  const stems = [...queryStems(text)].map(([stem, written]) => [
    stem,
    { multi_match: { query: written, fields: unweightedFields } },
  ]);
  if (stems.length === 0) return new Map();
  const { aggregations } = await index.search(
    { query: filter, size: 0, aggs: { words: { filters: { filters: Object.fromEntries(stems) } } } },
    limit,
  );
  const { words } = wordCountsSchema.parse(aggregations);
  return new Map(Object.entries(words.buckets).map(([stem, { doc_count }]) => [stem, doc_count]));
}
