/**
 * Error names that cross a boundary: Step Functions retries and catches by them, the ledger and the page show them.
 * `retryable` names pass by themselves; `refusal` names say that the input will never be good.
 */
export const refusalErrorName = 'RefusedError';

export const retryableErrorNames = [
  'EndpointUnavailableError',
  'EndpointThrottledError',
  'SearchIndexUnavailableError',
  'LedgerContentionError',
  'MediaBucketUnavailableError',
  'CaptionThrottledError',
  'EventsUnavailableError',
  'ModelMismatchError',
] as const;
export type RetryableErrorName = (typeof retryableErrorNames)[number];

/** A video's chunks and its plan do not fit: it is planned again with more care, once. */
export const planDoubtErrorNames = ['FrameMismatchError', 'ChunksAtOddsError', 'SegmentMismatchError'] as const;

/** Faults of the Lambda service itself: https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html */
export const lambdaServiceErrorNames = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
] as const;

/**
 * A worker that ended without an answer: out of memory, out of time, or dead. Step Functions documents `Lambda.Unknown`
 * for all of them; the others are what Lambda itself calls them, which Step Functions passes on.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
export const workerCrashErrorNames = [
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
  'Sandbox.Timedout',
] as const;

/** What crashes its worker so often is set aside. */
export const crashesToSetAside = 3;
