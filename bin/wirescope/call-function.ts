import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import pRetry from 'p-retry';
import type { z } from 'zod';
import { retryableErrorNames } from '../../lambdas/contracts/errors.ts';
import { OperatorError } from './deployed.ts';

/** A function failed for a reason that passes by itself. */
class PassingFaultError extends OperatorError {}

/** Every function that operators call may be called again with the same request: a person would be told to. */
const passingRetry = { retries: 4, minTimeout: 2000, factor: 2 };

/** A Lambda may take 15 minutes, and nothing is heard of it meanwhile. */
const longestCallMilliseconds = 930_000;

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
interface FunctionFault {
  errorType?: string;
  errorMessage?: string;
}

/** A function of the deployment that works on the operator's behalf, with its own permissions. */
export class OperatedFunction {
  readonly #client: Pick<LambdaClient, 'send'>;
  readonly #name: string;
  readonly #retry: typeof passingRetry;

  constructor(
    name: string,
    client: Pick<LambdaClient, 'send'> = new LambdaClient({
      maxAttempts: 1,
      requestHandler: { requestTimeout: longestCallMilliseconds },
    }),
    retry = passingRetry,
  ) {
    this.#client = client;
    this.#name = name;
    this.#retry = retry;
  }

  /**
   * Calls it and waits; again where it failed for a reason that passes by itself.
   * @throws OperatorError where it failed otherwise or keeps failing, or answers what this release does not know.
   */
  call<Schema extends z.ZodType>(request: object, answer: Schema): Promise<z.infer<Schema>> {
    return pRetry(() => this.#callOnce(request, answer), {
      ...this.#retry,
      shouldRetry: ({ error }) => error instanceof PassingFaultError,
    });
  }

  async #callOnce<Schema extends z.ZodType>(request: object, answer: Schema): Promise<z.infer<Schema>> {
    const { FunctionError, Payload } = await this.#client.send(
      new InvokeCommand({ FunctionName: this.#name, Payload: Buffer.from(JSON.stringify(request)) }),
    );
    const said = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || 'null') as unknown;
    if (FunctionError !== undefined) throw this.#fault(said as FunctionFault | null, FunctionError);
    const parsed = answer.safeParse(said);
    if (!parsed.success)
      throw new OperatorError(
        `${this.#name} answers what this command line does not know: use the one of its release.`,
      );
    return parsed.data;
  }

  #fault(said: FunctionFault | null, functionError: string): OperatorError {
    const problem = `${this.#name} failed: ${said?.errorMessage ?? functionError}. Run the command again; its log says more.`;
    const isPassing = retryableErrorNames.some((name) => name === said?.errorType);
    return isPassing ? new PassingFaultError(problem) : new OperatorError(problem);
  }
}
