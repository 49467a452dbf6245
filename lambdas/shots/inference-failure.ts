import { EndpointRequestError } from '../clients/model-endpoint.ts';
import { RetryableError } from '../runtime/errors.ts';

const maxSentenceCharacters = 500;

/**
 * An asynchronous inference's failure as the error that a real-time one would have ended with.
 * @param reason SageMaker's own, such as `Received client error (400) from primary with message "..."`
 * @param said what the container left at the failure location
 */
export function failureOf(reason: string | undefined, said: string | undefined): Error {
  const sentence = [reason, sentenceIn(said)]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
    .slice(0, maxSentenceCharacters);
  const message = `the shots endpoint: ${sentence || 'no reason was given'}`;
  const isRefused = /client error \(4(?!08|24|29)\d\d\)/i.test(reason ?? '');
  return isRefused ? new EndpointRequestError(message) : new RetryableError('EndpointUnavailableError', message);
}

/** TF Serving says why in `error`. */
function sentenceIn(said: string | undefined): string | undefined {
  if (said === undefined) return undefined;
  try {
    const { error } = Object(JSON.parse(said)) as { error?: unknown };
    return typeof error === 'string' ? error : said;
  } catch {
    return said;
  }
}
