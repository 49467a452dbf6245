import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ModelEndpoint } from '../../lambdas/clients/model-endpoint.ts';
import type { VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { embedResponseSchema, entitiesResponseSchema } from '../../lambdas/contracts/models.ts';
import { filtersOf } from '../../lambdas/search/filters.ts';
import { lexicalQuery } from '../../lambdas/search/lexical-query.ts';
import { vectorQuery } from '../../lambdas/search/retrieve.ts';
import { candidateDepth } from '../../lambdas/search/settings.ts';
import { survey } from '../../lambdas/search/survey.ts';
import { percentile } from '../measurement.ts';

const timeoutMilliseconds = 20_000;
const parts = ['embed', 'entities', 'words', 'vectors', 'counts'] as const;
export type Part = (typeof parts)[number];

/** The median time of each part of a search when nothing else is asked, in milliseconds. */
export async function partsAlone(index: VectorIndex, texts: readonly string[]): Promise<Record<Part, number>> {
  const client = new SageMakerRuntimeClient({ maxAttempts: 1 });
  const endpoint = (name: string) => new ModelEndpoint({ client, endpointName: `wirescope-local-${name}` });
  const [embed, entities] = [endpoint('embed'), endpoint('entities')];
  const filter = filtersOf({}, new Date());
  const times: Record<Part, number[]> = { embed: [], entities: [], words: [], vectors: [], counts: [] };
  const timed = async <Value>(part: Part, work: () => Promise<Value>): Promise<Value> => {
    const startedAt = performance.now();
    const value = await work();
    times[part].push(performance.now() - startedAt);
    return value;
  };
  for (const text of texts) {
    const { vectors } = await timed('embed', () =>
      embed.invokeJson({ texts: [text] }, embedResponseSchema, { timeoutMilliseconds }),
    );
    await timed('entities', () =>
      entities.invokeJson({ texts: [text] }, entitiesResponseSchema, { timeoutMilliseconds }),
    );
    await timed('words', () => index.search({ query: lexicalQuery(text, [], filter), size: candidateDepth }));
    await timed('vectors', () =>
      index.search({ query: vectorQuery(vectors[0] ?? [], candidateDepth, filter), size: candidateDepth }),
    );
    await timed('counts', () => survey(index, text, filter, timeoutMilliseconds));
  }
  return Object.fromEntries(parts.map((part) => [part, percentile(times[part], 0.5)])) as Record<Part, number>;
}
