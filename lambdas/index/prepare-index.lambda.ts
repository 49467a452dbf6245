import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { VectorIndex } from '../clients/vector-index.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { errorMessage } from '../runtime/errors.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { prepareIndex, type ResourceRequest, resourceAnswer, resourceRequestSchema } from './prepare-index.ts';

/** Left to tell CloudFormation, which otherwise waits for its own time limit. */
const reservedMilliseconds = 40_000;
const telemetry = telemetryFor('index');

/** The custom resource that makes the index of a deployment. */
export const handler = async (event: unknown, context: Context): Promise<void> => {
  const request = resourceRequestSchema.parse(event);
  let failure: string | undefined;
  try {
    const { vectorIndexEndpoint } = readEnvironment(['vectorIndexEndpoint']);
    const { indexName } = request.ResourceProperties;
    await prepareIndex(request, {
      index: new VectorIndex({ endpoint: vectorIndexEndpoint, indexName }),
      wait: (milliseconds) => wait(milliseconds),
      hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
    });
  } catch (error) {
    telemetry.logger.error('the index was not prepared', error as Error);
    failure = errorMessage(error);
  }
  await answer(request, failure);
};

async function answer(request: ResourceRequest, failure: string | undefined): Promise<void> {
  const body = JSON.stringify(resourceAnswer(request, failure));
  // The URL is presigned without a content type, so none may be sent.
  const response = await fetch(request.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
}
