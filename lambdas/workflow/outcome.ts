import { crashesToSetAside, workerCrashErrorNames } from '../contracts/errors.ts';
import type { RecordOutcomeInput } from '../contracts/workflow.ts';

export interface Outcome {
  status: RecordOutcomeInput['outcome'];
  reason: string;
  errorName?: string;
}

/** What a Lambda that threw leaves in `Cause`: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
interface LambdaCause {
  errorMessage?: unknown;
  errorType?: unknown;
}

/** Longest reason that still reads as a sentence; the whole cause goes to the failure queue. */
const maxReasonCharacters = 500;

const shortened = (text: string): string =>
  text.length > maxReasonCharacters ? `${text.slice(0, maxReasonCharacters - 1)}…` : text;

function causeOf(cause: string | undefined): { message?: string; name?: string } {
  if (cause === undefined || cause.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(cause);
  } catch {
    return { message: cause.trim() };
  }
  const { errorMessage, errorType } = Object(parsed) as LambdaCause;
  if (typeof errorMessage !== 'string') return { message: cause.trim() };
  return { message: errorMessage.trim(), ...(typeof errorType === 'string' ? { name: errorType } : {}) };
}

/**
 * What the ledger says of an ended attempt: to the editor, what to do about a refused file, in the step's own words;
 * to the operator, which step failed and by what.
 */
export function outcomeOf({ outcome, step, error, cause, reason }: RecordOutcomeInput): Outcome {
  const { message, name } = causeOf(cause);
  const errorName = error ?? name;
  const named = errorName === undefined ? {} : { errorName };
  switch (outcome) {
    case 'refused':
      return {
        status: outcome,
        reason: shortened(message ?? reason ?? `The ${step} step refused this file without a reason.`),
        ...named,
      };
    case 'withdrawn':
      return { status: outcome, reason: shortened(reason ?? message ?? 'Withdrawn.') };
    case 'failed':
      return { status: outcome, reason: shortened(failureSentence(step, errorName, message ?? reason)), ...named };
  }
}

/** Whether an attempt ended because its worker did, again and again. */
export const isWorkerCrash = (errorName: string | undefined): boolean =>
  (workerCrashErrorNames as readonly (string | undefined)[]).includes(errorName);

function failureSentence(step: string, errorName: string | undefined, message: string | undefined): string {
  if (isWorkerCrash(errorName))
    return (
      `The ${step} step crashed its worker ${crashesToSetAside} times (${errorName}): it died, or ran out of memory or ` +
      'time. The asset is set aside and nothing is lost; it can be run again.'
    );
  const what =
    errorName === 'States.Timeout'
      ? `The ${step} step did not end in time`
      : `The ${step} step failed${errorName === undefined ? '' : ` with ${errorName}`}`;
  const detail = message === undefined || message === errorName ? '' : `: ${message.replace(/\.$/, '')}`;
  return `${what}${detail}. Nothing is lost; it can be run again.`;
}
