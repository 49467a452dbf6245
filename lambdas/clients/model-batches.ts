import pRetry from 'p-retry';
import { type EntitySpan, embedResponseSchema, entitiesResponseSchema } from '../contracts/models.ts';
import { RetryableError } from '../runtime/errors.ts';
import { EndpointAnswerError, type ModelEndpoint } from './model-endpoint.ts';
import { textBatches } from './text-batches.ts';

export interface ModelIdentity {
  name: string;
  version: string;
}
/** Results in the order of the texts, and the model that made all of them. */
export interface Answers<Result> {
  model: ModelIdentity;
  results: Result[];
}
type Endpoint = Pick<ModelEndpoint, 'invokeJson'>;

/** Measured on two cores a batch of 32 texts of 128 tokens takes about a second; larger ones only wait longer. */
const textsPerRequest = 32;
const requestsInFlight = 2;
/** A real-time endpoint answers within 60 s or not at all. */
const timeoutMilliseconds = 60_000;
const retry = { retries: 2, minTimeout: 500, maxTimeout: 4000, randomize: true };

/** One vector a text, all of one length. @throws what `ModelEndpoint.invokeJson` throws. */
export async function embedTexts(endpoint: Endpoint, texts: readonly string[]): Promise<Answers<number[]>> {
  const answers = await askInBatches(texts, async (batch) => {
    const { model, version, vectors } = await endpoint.invokeJson({ texts: batch }, embedResponseSchema, {
      timeoutMilliseconds,
    });
    return { model: { name: model, version }, results: vectors };
  });
  const dimension = answers.results[0]?.length ?? 0;
  if (answers.results.some((vector) => vector.length !== dimension || vector.length === 0))
    throw new EndpointAnswerError('the embed endpoint answered with vectors of different lengths');
  return answers;
}

/** The names in each text. @throws what `ModelEndpoint.invokeJson` throws. */
export async function findEntities(endpoint: Endpoint, texts: readonly string[]): Promise<Answers<EntitySpan[]>> {
  return askInBatches(texts, async (batch) => {
    const { model, version, entities } = await endpoint.invokeJson({ texts: batch }, entitiesResponseSchema, {
      timeoutMilliseconds,
    });
    return { model: { name: model, version }, results: entities };
  });
}

async function askInBatches<Result>(
  texts: readonly string[],
  ask: (batch: readonly string[]) => Promise<Answers<Result>>,
): Promise<Answers<Result>> {
  const batches = textBatches(texts, textsPerRequest);
  const answers: Answers<Result>[] = [];
  for (let at = 0; at < batches.length; at += requestsInFlight) {
    const round = batches.slice(at, at + requestsInFlight).map((batch) => askOnce(batch, ask));
    answers.push(...(await Promise.all(round)));
  }
  const [first] = answers;
  if (first === undefined) throw new EndpointAnswerError('there was no text to ask the model about');
  const isOther = ({ model }: Answers<Result>) =>
    model.name !== first.model.name || model.version !== first.model.version;
  // A deployment in the middle: vectors of two models must not stand side by side in one asset.
  if (answers.some(isOther))
    throw new RetryableError('EndpointUnavailableError', 'the model changed between two batches');
  return { model: first.model, results: answers.flatMap(({ results }) => results) };
}

async function askOnce<Result>(
  batch: readonly string[],
  ask: (batch: readonly string[]) => Promise<Answers<Result>>,
): Promise<Answers<Result>> {
  const answer = await pRetry(() => ask(batch), {
    ...retry,
    shouldRetry: ({ error }) => error instanceof RetryableError,
  });
  if (answer.results.length !== batch.length)
    throw new EndpointAnswerError(`${batch.length} texts were sent, ${answer.results.length} results came back`);
  return answer;
}
