import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import {
  crashesToSetAside,
  lambdaServiceErrorNames,
  retryableErrorNames,
  workerCrashErrorNames,
} from '../../../lambdas/contracts/errors.ts';

/**
 * Faults of the Lambda service itself, gone within seconds.
 * Longest wait: 1 + 2 + 4 + 8 + 16 + 30 = 61 s. Full jitter makes each wait anything between 0 and its figure.
 */
export const lambdaServiceRetry = {
  errors: [...lambdaServiceErrorNames],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxAttempts: 6,
  maxDelay: Duration.seconds(30),
  jitterStrategy: JitterType.FULL,
} as const satisfies RetryProps;

/**
 * What a step itself names as passing: an endpoint that starts another instance, a collection that scales.
 * Longest wait: 5 + 10 + 20 + 40 + 80 + 120 + 120 + 120 = 515 s, longer than an instance takes to come up.
 */
export const passingFaultRetry = {
  errors: [...retryableErrorNames],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxAttempts: 8,
  maxDelay: Duration.seconds(120),
  jitterStrategy: JitterType.FULL,
} as const satisfies RetryProps;

/**
 * A worker that died or ran out of memory or time, perhaps by a fault of its machine. The last crash sets the asset aside.
 * Longest wait: 5 + 15 = 20 s.
 */
export const workerCrashRetry = {
  errors: [...workerCrashErrorNames],
  interval: Duration.seconds(5),
  backoffRate: 3,
  maxAttempts: crashesToSetAside - 1,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
} as const satisfies RetryProps;

/**
 * An answer that did not come in time: its notification was lost, or the endpoint was too busy. The next try finds what
 * lies in the bucket, or sends again.
 */
export const lostAnswerRetry = {
  errors: ['States.Timeout'],
  interval: Duration.seconds(1),
  backoffRate: 1,
  maxAttempts: 2,
  maxDelay: Duration.seconds(5),
  jitterStrategy: JitterType.FULL,
} as const satisfies RetryProps;

/**
 * Writing down an outcome is the last thing that may be lost, so anything is tried again.
 * Longest wait: 2 + 4 + 8 + 16 + 32 = 62 s.
 */
export const recorderRetry = {
  errors: ['States.ALL'],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 5,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
} as const satisfies RetryProps;
