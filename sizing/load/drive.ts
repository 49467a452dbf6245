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
  /** From the instant at which it should have been sent, but for what a timer is late by its nature. */
  milliseconds: number;
  /** How late this process was. */
  lagMilliseconds: number;
  isRefused: boolean;
}

/** More requests under way at once than these mean that the endpoint is far behind, and memory is bounded. */
const mostUnderWay = 2000;
/**
 * A timer is late by up to so much. Waiting for the rest in a loop would take a core away from what is measured, and
 * requests that come at random come no less so for it; so this much counts as being on time.
 */
const timerMilliseconds = 1.5;

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
    const sentAt = performance.now();
    const lagMilliseconds = sentAt - startedAt - milliseconds;
    const from = lagMilliseconds <= timerMilliseconds ? sentAt : startedAt + milliseconds;
    const one = refusedOrAnswered(send(at))
      .then((isRefused) => {
        sent[at] = { milliseconds: performance.now() - from, lagMilliseconds, isRefused };
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
 * @param pauseMilliseconds between an answer and the caller's next request
 * @returns each answer's time with the request it was for
 * @throws what `send` throws
 */
export async function closedLoop(
  concurrency: number,
  seconds: number,
  send: Send,
  pauseMilliseconds = 0,
): Promise<{ seconds: number; answers: { at: number; milliseconds: number }[] }> {
  const startedAt = performance.now();
  const answers: { at: number; milliseconds: number }[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1000) {
      if (pauseMilliseconds > 0) await delay(pauseMilliseconds);
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
  // A timer counts whole milliseconds: on the average it is half of one early and half of one late.
  if (remaining > 0.5) await delay(Math.round(remaining));
  else await new Promise(setImmediate);
}
