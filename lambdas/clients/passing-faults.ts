import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';

/** Whether a call to AWS failed by what passes by itself: throttled, unreachable, cut off, or a fault of the service. */
export function isPassingFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fault = error as Parameters<typeof isTransientError>[0];
  return isThrottlingError(fault) || isTransientError(fault) || isServerError(fault);
}
