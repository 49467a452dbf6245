import { errorMessage } from '../runtime/errors.ts';

/** A part of the search that did not answer, with a sentence for the reader. */
export interface Degradation {
  part: string;
  reason: string;
}
export interface InTime<Value> {
  value: Value | undefined;
  degraded: Degradation[];
}

/**
 * Waits for a part of the search no longer than it may take. Late or failed, the answer goes on without it, and the
 * reason says what that means; the signal tells the part to stop.
 */
export async function inTime<Value>(
  part: string,
  consequence: string,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<InTime<Value>> {
  const signal = AbortSignal.timeout(milliseconds);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${milliseconds} ms`)), { once: true });
  });
  try {
    return { value: await Promise.race([work(signal), late]), degraded: [] };
  } catch (error) {
    return { value: undefined, degraded: [{ part, reason: `${consequence}: ${errorMessage(error)}` }] };
  }
}
