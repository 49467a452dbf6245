import { InvokeEndpointCommand, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { z } from 'zod';
import { RetryableError } from '../runtime/errors.ts';

/** The model understood the request and will not answer it: sending it again cannot help. */
export class EndpointRequestError extends Error {
  override readonly name = 'EndpointRequestError';
}
/** The endpoint answered with something else than its contract. */
export class EndpointAnswerError extends Error {
  override readonly name = 'EndpointAnswerError';
}

/** What one real-time request may carry; older SageMaker endpoints take no more. */
export const maxRequestBytes = 6 * 1024 * 1024;

/** The fields of an SDK error that tell who is at fault; all of them may be missing. */
interface Fault {
  name?: string;
  code?: string;
  message?: string;
  OriginalStatusCode?: number;
  OriginalMessage?: string;
  $metadata?: { httpStatusCode?: number };
}

const throttlingNames = [
  'ThrottlingException',
  'TooManyRequestsException',
  'ServiceUnavailable',
  'ModelNotReadyException',
];

/** One real-time SageMaker endpoint that takes and answers JSON. */
export class ModelEndpoint {
  readonly endpointName: string;
  readonly #client: SageMakerRuntimeClient;

  constructor({ client, endpointName }: { client: SageMakerRuntimeClient; endpointName: string }) {
    this.#client = client;
    this.endpointName = endpointName;
  }

  /**
   * Sends one request and parses the answer.
   * @throws RetryableError `EndpointThrottledError` where the endpoint has too much to do (429, 503, throttling),
   *   `EndpointUnavailableError` where it fails, does not answer in time or cannot be reached;
   *   EndpointRequestError with the model's own sentence where it refuses the request;
   *   EndpointAnswerError where the answer is not JSON or breaks the schema.
   */
  async invokeJson<Schema extends z.ZodType>(
    request: unknown,
    responseSchema: Schema,
    { timeoutMilliseconds }: { timeoutMilliseconds: number },
  ): Promise<z.infer<Schema>> {
    const body = Buffer.from(JSON.stringify(request));
    if (body.length > maxRequestBytes)
      throw new EndpointRequestError(
        `${this.endpointName}: a request of ${body.length} bytes is over ${maxRequestBytes}`,
      );
    const answer = await this.#invoke(body, timeoutMilliseconds);
    try {
      return responseSchema.parse(JSON.parse(answer));
    } catch (error) {
      throw new EndpointAnswerError(`${this.endpointName} answered outside its contract: ${answer.slice(0, 200)}`, {
        cause: error,
      });
    }
  }

  async #invoke(body: Buffer, timeoutMilliseconds: number): Promise<string> {
    const abortSignal = AbortSignal.timeout(timeoutMilliseconds);
    try {
      const response = await this.#client.send(
        new InvokeEndpointCommand({
          EndpointName: this.endpointName,
          ContentType: 'application/json',
          Accept: 'application/json',
          Body: body,
        }),
        { abortSignal },
      );
      return Buffer.from(response.Body ?? new Uint8Array()).toString('utf8');
    } catch (error) {
      if (abortSignal.aborted)
        throw new RetryableError(
          'EndpointUnavailableError',
          `${this.endpointName} did not answer within ${timeoutMilliseconds} ms`,
          { cause: error },
        );
      throw classified(this.endpointName, error);
    }
  }
}

/** Errors as in https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
export function classified(endpointName: string, error: unknown): Error {
  const fault = error as Fault;
  const status = fault.OriginalStatusCode ?? fault.$metadata?.httpStatusCode;
  const said = modelSentence(fault.OriginalMessage) ?? fault.message ?? String(error);
  const message = `${endpointName}: ${said}`;
  if (throttlingNames.includes(fault.name ?? '') || status === 429 || status === 503)
    return new RetryableError('EndpointThrottledError', message, { cause: error });
  const isRefused = status !== undefined && status >= 400 && status < 500;
  return isRefused
    ? new EndpointRequestError(message, { cause: error })
    : new RetryableError('EndpointUnavailableError', message, { cause: error });
}

/** The sentence in a model server's error body: TF Serving says `error`, TorchServe `message`. */
function modelSentence(body: string | undefined): string | undefined {
  if (body === undefined || body === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    const { error, message } = Object(parsed) as { error?: unknown; message?: unknown };
    const sentence = [error, message].find((candidate) => typeof candidate === 'string');
    return (sentence as string | undefined) ?? body;
  } catch {
    return body;
  }
}
