import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { z } from 'zod';
import { retryableErrorNames } from '../../lambdas/contracts/errors.ts';
import { OperatorError } from './deployed.ts';

/** A function failed for a reason that passes by itself: the same call may be made again. */
export class PassingFaultError extends OperatorError {}

/** A Lambda may take 15 minutes, and nothing is heard of it meanwhile. */
const longestCallMilliseconds = 930_000;

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
interface FunctionFault {
  errorType?: string;
  errorMessage?: string;
}

/** A function of the deployment that works on the operator's behalf, with its own permissions. */
export class OperatedFunction {
  readonly #client: LambdaClient;
  readonly #name: string;

  constructor(
    name: string,
    client = new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: longestCallMilliseconds } }),
  ) {
    this.#client = client;
    this.#name = name;
  }

  /**
   * Calls it and waits.
   * @throws PassingFaultError where it failed for the moment; OperatorError where it failed otherwise, or answers what
   *   this release does not know.
   */
  async call<Schema extends z.ZodType>(request: object, answer: Schema): Promise<z.infer<Schema>> {
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
