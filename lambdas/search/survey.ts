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

const aggregationsSchema = z.object({
  assets: z.object({ value: z.number() }),
  documents: z.object({ value: z.number() }),
  newest: z.object({ value: z.number().nullable() }),
  words: z.object({ buckets: z.record(z.string(), z.object({ doc_count: z.number() })) }).optional(),
});

/** Counts under the filters, in one request that brings no document. */
export async function survey(index: SearchIndex, text: string, filter: Clause, milliseconds: number): Promise<Survey> {
  const words = [...queryStems(text)].map(([stem, written]) => [
    stem,
    { multi_match: { query: written, fields: lexicalFields.map((field) => field.replace(/\^.*$/, '')) } },
  ]);
  const answer = await index.search(
    {
      query: filter,
      size: 0,
      track_total_hits: true,
      aggs: {
        assets: { cardinality: { field: 'assetId', precision_threshold: exactCountUpTo } },
        documents: { cardinality: { field: 'documentId', precision_threshold: exactCountUpTo } },
        newest: { max: { field: 'arrivedAt' } },
        ...(words.length === 0 ? {} : { words: { filters: { filters: Object.fromEntries(words) } } }),
      },
    },
    { timeoutMilliseconds: milliseconds },
  );
  const { assets, documents, newest, words: counted } = aggregationsSchema.parse(answer.aggregations);
  return {
    assets: assets.value,
    // A document may lie there twice for minutes and counts once; where its ids can only be estimated, copies are nearer.
    documents: documents.value <= exactCountUpTo ? Math.min(documents.value, answer.total) : answer.total,
    newestArrivedAt: newest.value === null ? null : new Date(newest.value).toISOString(),
    ofStem: new Map(Object.entries(counted?.buckets ?? {}).map(([stem, { doc_count }]) => [stem, doc_count])),
  };
}
