import type { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OperatedFunction } from '../../bin/wirescope/call-function.ts';

const answer = z.object({ done: z.number() });
const failing = (errorType: string) => ({ FunctionError: 'Unhandled', errorType, errorMessage: 'socket hang up' });

/** A function that answers so, one answer a call, and tells how often it was called. */
function scripted(answers: object[]) {
  let calls = 0;
  const send = async () => {
    const said = answers[calls++] ?? { done: -1 };
    return { ...said, Payload: Buffer.from(JSON.stringify(said)) };
  };
  const client = { send } as unknown as Pick<LambdaClient, 'send'>;
  const called = new OperatedFunction('Withdraw', client, { retries: 4, minTimeout: 1, factor: 1 });
  return { called, calls: () => calls };
}

describe('a function that an operator calls', () => {
  it('is called again where it failed for a reason that passes by itself', async () => {
    const { called, calls } = scripted([failing('SearchIndexUnavailableError'), { done: 3 }]);
    expect(await called.call({}, answer)).toEqual({ done: 3 });
    expect(calls()).toBe(2);
  });

  it('is given up after five such calls, with what it said last', async () => {
    const { called, calls } = scripted(Array(9).fill(failing('LedgerContentionError')));
    await expect(called.call({}, answer)).rejects.toThrow('Withdraw failed: socket hang up. Run the command again');
    expect(calls()).toBe(5);
  });

  it('is not called again where it failed for good, or answers what is not known', async () => {
    for (const said of [failing('TypeError'), { done: 'much' }]) {
      const { called, calls } = scripted([said]);
      await expect(called.call({}, answer)).rejects.toThrow(/^Withdraw /);
      expect(calls()).toBe(1);
    }
  });
});
