import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askToPass,
  closedBreaker,
  failuresToOpen,
  firstOpenMilliseconds,
  leaveProbe,
  longestOpenMilliseconds,
  recordAnswer,
  recordFailure,
  windowMilliseconds,
} from '../../../../lambdas/clients/captions/breaker.ts';
import type { BreakerState } from '../../../../lambdas/contracts/captions.ts';

const start = Date.parse('2026-05-01T12:00:00Z');
const probe = 50_000;
const failed = (times: number, state: BreakerState = closedBreaker, at = start): BreakerState =>
  Array.from({ length: times }).reduce<BreakerState>((before) => recordFailure(before, at, { isProbe: false }), state);
const probed = (state: BreakerState, at: number): BreakerState => {
  const passage = askToPass(state, at, probe);
  if (passage.pass !== 'probe') throw new Error(`no probe but ${passage.pass}`);
  return passage.next;
};

describe('the circuit breaker', () => {
  it('lets calls through until one failure too many within the window', () => {
    const almost = failed(failuresToOpen - 1);
    expect(askToPass(almost, start, probe)).toEqual({ pass: 'free' });
    const open = failed(1, almost);
    expect(askToPass(open, start, probe)).toEqual({ pass: 'stop', until: start + firstOpenMilliseconds });
  });

  it('forgets failures that lie further back than the window', () => {
    const old = failed(failuresToOpen - 1);
    const later = start + windowMilliseconds;
    expect(askToPass(failed(1, old, later), later, probe)).toEqual({ pass: 'free' });
    expect(askToPass(failed(1, old, later - 1), later, probe).pass).toBe('stop');
  });

  it('lets one probe through when its time has come, and nobody beside it', () => {
    const half = probed(failed(failuresToOpen), start + firstOpenMilliseconds);
    expect(askToPass(half, start + firstOpenMilliseconds + 1, probe)).toEqual({
      pass: 'stop',
      until: start + firstOpenMilliseconds + probe,
    });
    expect(askToPass(half, start + firstOpenMilliseconds + probe, probe).pass).toBe('probe');
  });

  it('closes with the probe’s answer and opens for twice as long with its failure', () => {
    const at = start + firstOpenMilliseconds;
    expect(askToPass(recordAnswer(), at, probe)).toEqual({ pass: 'free' });
    const again = recordFailure(probed(failed(failuresToOpen), at), at, { isProbe: true });
    expect(askToPass(again, at, probe)).toEqual({ pass: 'stop', until: at + 2 * firstOpenMilliseconds });
  });

  it('stays open for an hour at most, however long the provider is away', () => {
    let state = failed(failuresToOpen);
    let at = start;
    for (let round = 0; round < 20; round++) {
      at = state.opensAt ?? at;
      state = recordFailure(probed(state, at), at, { isProbe: true });
    }
    expect((state.opensAt ?? 0) - at).toBe(longestOpenMilliseconds);
  });

  it('is not prolonged by calls that were under way when it opened', () => {
    const open = failed(failuresToOpen);
    expect(failed(50, open, start + 1000)).toBe(open);
  });

  it('lets the next one probe where a probe could not ask', () => {
    const at = start + firstOpenMilliseconds;
    expect(askToPass(leaveProbe(probed(failed(failuresToOpen), at)), at, probe).pass).toBe('probe');
  });

  it('lets so few calls at a dead provider through that it costs next to nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 400 }), (gaps) => {
        let state = closedBreaker;
        let at = start;
        let asked = 0;
        for (const gap of gaps) {
          at += gap;
          const passage = askToPass(state, at, probe);
          if (passage.pass === 'stop') continue;
          asked += 1;
          const isProbe = passage.pass === 'probe';
          state = recordFailure(passage.pass === 'probe' ? passage.next : state, at, { isProbe });
        }
        const openings = Math.log2((at - start) / firstOpenMilliseconds + 1);
        const slowFailures = (at - start) / windowMilliseconds;
        expect(asked).toBeLessThanOrEqual(failuresToOpen + openings + 1 + slowFailures * failuresToOpen);
        // While it is open, only probes.
        if (state.opensAt !== undefined) expect(askToPass(state, state.opensAt - 1, probe).pass).toBe('stop');
      }),
    );
  });
});
