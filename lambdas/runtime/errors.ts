import { type RetryableErrorName, refusalErrorName } from '../contracts/errors.ts';

/** The input will never be good. Its message is shown to the editor who sent it. */
export class RefusedError extends Error {
  override readonly name = refusalErrorName;
}

/** A fault that passes by itself; Step Functions retries by the name. */
export class RetryableError extends Error {
  override readonly name: RetryableErrorName;
  constructor(name: RetryableErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** The environment lacks a variable: a fault of the deployment, never of an input. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** A later attempt has taken over this asset; this one must write nothing more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

export const errorName = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
