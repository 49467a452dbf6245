import { setTimeout as delay } from 'node:timers/promises';
import { RetryableError } from '../../lambdas/runtime/errors.ts';
import type { Arrival } from './arrivals.ts';

/** The load could not be driven as planned, or was answered by faults. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** Sends the n-th request and returns when it is answered. */
export type Send = (at: number) => Promise<void>;

export interface Sent {
  /** From the instant at which it should have been sent, however late it was: waiting for one's turn is waiting. */
  milliseconds: number;
  /** How late this process was. */
  lagMilliseconds: number;
  isRefused: boolean;
}

/** More requests under way at once than these mean that the endpoint is far behind, and memory is bounded. */
const mostUnderWay = 2000;
/** Timers are late by a millisecond: the rest is waited for by yielding. */
const timerMarginMilliseconds = 2;

/**
 * An open loop: each request goes out at its instant whether or not earlier ones have been answered, so that a slow
 * answer does not spare the endpoint those behind it (no coordinated omission).
 * @throws LoadError where too many are under way; what `send` throws, unless the endpoint refused for having too much
 *   to do
 */
export async function openLoop(arrivals: readonly Arrival[], send: Send): Promise<Sent[]> {
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  const sent: Sent[] = [];
  let failure: unknown;
  for (const [at, { milliseconds }] of arrivals.entries()) {
    await until(startedAt + milliseconds);
    if (failure !== undefined) throw failure;
    if (underWay.size >= mostUnderWay)
      throw new LoadError(`${mostUnderWay} requests wait for an answer: the endpoint cannot carry this rate.`);
    const lagMilliseconds = performance.now() - startedAt - milliseconds;
    const one = refusedOrAnswered(send(at))
      .then((isRefused) => {
        sent[at] = { milliseconds: performance.now() - startedAt - milliseconds, lagMilliseconds, isRefused };
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return sent;
}

/**
 * A closed loop: so many callers, each with one request at a time.
 * @returns each answer's time with the request it was for
 * @throws what `send` throws
 */
export async function closedLoop(
  concurrency: number,
  seconds: number,
  send: Send,
): Promise<{ seconds: number; answers: { at: number; milliseconds: number }[] }> {
  const startedAt = performance.now();
  const answers: { at: number; milliseconds: number }[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1000) {
      const at = next;
      next += 1;
      const sentAt = performance.now();
      await send(at);
      answers.push({ at, milliseconds: performance.now() - sentAt });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return { seconds: (performance.now() - startedAt) / 1000, answers };
}

async function refusedOrAnswered(answer: Promise<void>): Promise<boolean> {
  try {
    await answer;
    return false;
  } catch (error) {
    if (error instanceof RetryableError && error.name === 'EndpointThrottledError') return true;
    throw error;
  }
}

async function until(instant: number): Promise<void> {
  const remaining = instant - performance.now();
  if (remaining > timerMarginMilliseconds) await delay(remaining - timerMarginMilliseconds);
  while (performance.now() < instant) await new Promise(setImmediate);
}
