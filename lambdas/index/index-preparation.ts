import type { Client } from '@opensearch-project/opensearch';
import pRetry, { AbortError } from 'p-retry';
import { z } from 'zod';

/** What the deployment asks for; `body` is the index's settings and mappings as JSON. */
export const indexRequestSchema = z.object({
  indexName: z.string().min(1),
  body: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(
      z.object({
        settings: z.record(z.string(), z.unknown()),
        mappings: z.record(z.string(), z.unknown()),
      }),
    ),
});
export type IndexRequest = z.infer<typeof indexRequestSchema>;

/** The collection refuses the index; the message is its own reason. */
export class IndexRefusedError extends Error {
  override readonly name = 'IndexRefusedError';
}

export interface Patience {
  readonly retries: number;
  readonly firstWaitMilliseconds: number;
  readonly longestWaitMilliseconds: number;
}

/**
 * A new data access policy takes up to a minute or two to be seen, and until then the collection answers 403.
 * Longest wait: 2 + 4 + 8 + 16 + 10 x 20 = 230 s.
 */
export const policyPatience: Patience = {
  retries: 14,
  firstWaitMilliseconds: 2_000,
  longestWaitMilliseconds: 20_000,
};

/** Statuses that pass by themselves: a policy that is not yet seen, too much at once, a collection that starts. */
const isPassing = (status: number) => status === 403 || status === 429 || status >= 500;

/**
 * Creates the index, or adds what the mapping of an existing one lacks.
 * @throws IndexRefusedError where the collection will not have it, for instance a field whose type would change
 */
export async function prepareIndex(client: Client, request: IndexRequest, patience = policyPatience): Promise<void> {
  await pRetry(() => createOrExtend(client, request), {
    retries: patience.retries,
    minTimeout: patience.firstWaitMilliseconds,
    maxTimeout: patience.longestWaitMilliseconds,
  });
}

async function createOrExtend(client: Client, { indexName, body }: IndexRequest): Promise<void> {
  try {
    const exists = await client.indices.exists({ index: indexName });
    if (exists.body) {
      const { properties } = body.mappings as { properties: Record<string, never> };
      await client.indices.putMapping({ index: indexName, body: { properties } });
    } else {
      await client.indices.create({ index: indexName, body: body as never });
    }
  } catch (error) {
    const { statusCode, message } = error as { statusCode?: number; message: string };
    const refusal = new IndexRefusedError(`the index ${indexName} was not prepared: ${message}`, { cause: error });
    if (statusCode === undefined || isPassing(statusCode)) throw refusal;
    throw new AbortError(refusal);
  }
}
