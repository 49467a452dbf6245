import { describe, expect, it } from 'vitest';
import type { RecordOutcomeInput } from '../../../lambdas/contracts/workflow.ts';
import { outcomeOf } from '../../../lambdas/workflow/outcome.ts';

const input = (overrides: Partial<RecordOutcomeInput>): RecordOutcomeInput => ({
  assetId: 'a'.repeat(64),
  attempt: 1,
  kind: 'video',
  desk: 'sport',
  original: { bucket: 'originals', key: 'incoming/sport/a.mp4' },
  outcome: 'failed',
  step: 'shots',
  ...overrides,
});
const lambdaCause = (errorType: string, errorMessage: string) =>
  JSON.stringify({ errorType, errorMessage, trace: ['at secret.ts:1'] });

describe('what the ledger says of an ended attempt', () => {
  it('tells the editor of a refused file the step’s own sentence', () => {
    const sentence = 'This video breaks off after 3 of 12 seconds. Send the complete file again.';
    expect(
      outcomeOf(input({ outcome: 'refused', error: 'RefusedError', cause: lambdaCause('RefusedError', sentence) })),
    ).toEqual({ status: 'refused', reason: sentence, errorName: 'RefusedError' });
  });

  it('tells the operator which step failed and by what, without the trace', () => {
    const cause = lambdaCause('EndpointUnavailableError', 'shots did not answer within 60000 ms.');
    expect(outcomeOf(input({ error: 'EndpointUnavailableError', cause }))).toEqual({
      status: 'failed',
      reason:
        'The shots step failed with EndpointUnavailableError: shots did not answer within 60000 ms. Nothing is lost; it can be run again.',
      errorName: 'EndpointUnavailableError',
    });
  });

  it.each([
    ['no cause', undefined, 'The shots step did not end in time. Nothing is lost; it can be run again.'],
    ['an empty one', '', 'The shots step did not end in time. Nothing is lost; it can be run again.'],
    ['one in words', 'too slow', 'The shots step did not end in time: too slow. Nothing is lost; it can be run again.'],
    ['JSON of another kind', '[1]', 'The shots step did not end in time: [1]. Nothing is lost; it can be run again.'],
  ])('reads a timeout with %s', (_, cause, reason) => {
    expect(outcomeOf(input({ error: 'States.Timeout', ...(cause === undefined ? {} : { cause }) })).reason).toBe(
      reason,
    );
  });

  it.each(['Runtime.ExitError', 'Sandbox.Timedout', 'Lambda.Unknown'])('names the crash %s', (error) => {
    const cause = lambdaCause(error, 'RequestId: 1 Error: Runtime exited with error: signal: killed');
    expect(outcomeOf(input({ error, cause })).reason).toBe(
      `The shots step crashed its worker 3 times (${error}): it died, or ran out of memory or time. The asset is set aside and nothing is lost; it can be run again.`,
    );
  });

  it('takes the withdrawal’s reason from the content', () => {
    expect(outcomeOf(input({ outcome: 'withdrawn', step: 'describe', reason: 'Replaced by version 2.' }))).toEqual({
      status: 'withdrawn',
      reason: 'Replaced by version 2.',
    });
  });

  it('does not let a reason that an earlier step left stand before the error', () => {
    const earlier = {
      reason: 'from describe',
      error: 'RefusedError',
      cause: lambdaCause('RefusedError', 'from index'),
    };
    expect(outcomeOf(input({ outcome: 'refused', ...earlier })).reason).toBe('from index');
    expect(outcomeOf(input({ outcome: 'failed', ...earlier })).reason).toContain('from index');
  });

  it('keeps a reason short', () => {
    expect(outcomeOf(input({ cause: 'x'.repeat(30_000) })).reason.length).toBeLessThanOrEqual(500);
  });
});
