import { z } from 'zod';
import type { VectorIndex } from '../clients/vector-index.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export const resourceRequestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.object({ indexName: z.string().min(1), body: z.string() }),
});
export type ResourceRequest = z.infer<typeof resourceRequestSchema>;

const indexBodySchema = z.object({
  settings: z.record(z.string(), z.unknown()),
  mappings: z.record(z.string(), z.unknown()),
});

export interface Preparation {
  index: Pick<VectorIndex, 'prepare'>;
  wait(milliseconds: number): Promise<void>;
  hasTime(): boolean;
}

/** A data access policy, and a fresh collection's own address, take up to a minute to come into force. */
const retryEveryMilliseconds = 5_000;

/**
 * Creates the index or adds new fields to its mapping. Its deletion is the collection's: a replaced name leaves the
 * old index where it is, so that a roll-back finds it.
 * @throws the index's own error, once there is no time left to try again.
 */
export async function prepareIndex(request: ResourceRequest, { index, wait, hasTime }: Preparation): Promise<void> {
  if (request.RequestType === 'Delete') return;
  const body = indexBodySchema.parse(JSON.parse(request.ResourceProperties.body));
  for (;;) {
    try {
      return await index.prepare(body);
    } catch (error) {
      if (!mayPass(error) || !hasTime()) throw error;
      await wait(retryEveryMilliseconds);
    }
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'SearchIndexUnavailableError' || /answered (401|403|404)/.test(error.message));

/** What CloudFormation waits for at the request's presigned URL. */
export function resourceAnswer(request: ResourceRequest, failure?: string): Record<string, unknown> {
  return {
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    ...(failure === undefined ? {} : { Reason: failure }),
    PhysicalResourceId:
      request.RequestType === 'Delete'
        ? (request.PhysicalResourceId ?? request.ResourceProperties.indexName)
        : request.ResourceProperties.indexName,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
  };
}
