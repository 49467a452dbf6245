import { InvokeEndpointAsyncCommand, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { classified } from './model-endpoint.ts';

/** The request was taken in; nothing is known of its answer but where it will lie. */
export interface Sent {
  /** Keys in the bucket of the request. */
  outputKey: string;
  failureKey?: string;
}

/** How long the endpoint may take over one request: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html */
const maxInvocationSeconds = 3600;

/** One SageMaker endpoint that takes its requests from a bucket and leaves its answers there. */
export class AsynchronousEndpoint {
  readonly endpointName: string;
  readonly #client: SageMakerRuntimeClient;

  constructor({ client, endpointName }: { client: SageMakerRuntimeClient; endpointName: string }) {
    this.#client = client;
    this.endpointName = endpointName;
  }

  /**
   * Queues the request that lies at `inputKey`.
   * @param request `withinSeconds`: a request that has waited for longer is dropped, since nobody will wait for it.
   * @throws RetryableError, EndpointRequestError as `ModelEndpoint.invokeJson`.
   */
  async send({ bucketName, inputKey, inferenceId, withinSeconds }: Request): Promise<Sent> {
    try {
      const answer = await this.#client.send(
        new InvokeEndpointAsyncCommand({
          EndpointName: this.endpointName,
          ContentType: 'application/json',
          Accept: 'application/json',
          InputLocation: `s3://${bucketName}/${inputKey}`,
          InferenceId: inferenceId,
          RequestTTLSeconds: withinSeconds,
          InvocationTimeoutSeconds: Math.min(withinSeconds, maxInvocationSeconds),
        }),
      );
      return {
        outputKey: keyIn(bucketName, answer.OutputLocation) ?? '',
        ...(answer.FailureLocation ? { failureKey: keyIn(bucketName, answer.FailureLocation) ?? '' } : {}),
      };
    } catch (error) {
      throw classified(this.endpointName, error);
    }
  }
}

interface Request {
  bucketName: string;
  inputKey: string;
  /** 64 characters at most; comes back with the answer. */
  inferenceId: string;
  withinSeconds: number;
}

/** The key of `s3://bucket/key`; undefined where that is no object of this bucket. */
export function keyIn(bucketName: string, location: string | undefined): string | undefined {
  const prefix = `s3://${bucketName}/`;
  return location?.startsWith(prefix) && location.length > prefix.length ? location.slice(prefix.length) : undefined;
}
