import { beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../../bin/wirescope/deployed.ts';
import { back, type Reembedding, start, statusInWords, statusOf, switchOver } from '../../bin/wirescope/reembed.ts';
import { EmbeddingStateError } from '../../lambdas/clients/embedding-state.ts';
import type { EmbeddingProgress, EmbeddingState } from '../../lambdas/contracts/embedding.ts';

const version = (number: string) => ({
  name: 'embed',
  version: number,
  indexName: `documents-embed-${number}`,
  endpointName: 'wirescope-local-embed',
});
const [one, two] = [version('1'), version('2')];
let state: EmbeddingState;
let progress: EmbeddingProgress;
let move: Reembedding;

beforeEach(() => {
  state = { revision: 0, origin: one.indexName, current: one.indexName };
  progress = { revision: 0 };
  move = {
    deployed: [one, two],
    states: {
      read: async () => state,
      readProgress: async (revision) => (progress.revision === revision ? progress : { revision }),
      change: async (from, to) => {
        if (from.revision !== state.revision) throw new EmbeddingStateError('changed');
        state = { revision: from.revision + 1, origin: from.origin, ...to, changedAt: '2026-05-01T10:00:00Z' };
        return state;
      },
    },
  };
});
const walked = (startedAt: string, written = 0, failed = 0): void => {
  progress = {
    revision: state.revision,
    last: { startedAt, endedAt: '2026-05-01T12:00:00Z', assets: 5, written, failed },
    coverage: 1,
  };
};

describe('moving to another embedding version', () => {
  it('starts, switches once nothing is missing, and goes back, one write each', async () => {
    await start(move);
    expect(state).toMatchObject({ revision: 1, current: one.indexName, other: two.indexName });
    walked('2026-05-01T10:02:00Z');
    await switchOver(move);
    expect(state).toMatchObject({ revision: 2, current: two.indexName, other: one.indexName });
    await back(move);
    expect(state).toMatchObject({ revision: 3, current: one.indexName, other: two.indexName });
  });

  it('changes nothing when it is told the same again', async () => {
    await start(move);
    await start(move);
    expect(state.revision).toBe(1);
    await back(move);
    expect(state.revision).toBe(1);
  });

  it('is refused where one version alone is deployed', async () => {
    await expect(start({ ...move, deployed: [one] })).rejects.toThrow(/models.embedNext/);
  });

  it.each([
    ['before any walk has ended', () => {}],
    ['after a walk that still wrote', () => walked('2026-05-01T10:02:00Z', 1)],
    ['after a walk with failures', () => walked('2026-05-01T10:02:00Z', 0, 1)],
    ['after a walk that began before earlier writes were visible', () => walked('2026-05-01T10:00:30Z')],
  ])('does not switch %s', async (_, walk) => {
    await start(move);
    walk();
    await expect(switchOver(move)).rejects.toThrow(OperatorError);
    expect(state.current).toBe(one.indexName);
  });

  it('does not switch to a version that was never started', async () => {
    await expect(switchOver(move)).rejects.toThrow(/start/);
  });

  it('of two operators lets one decide', async () => {
    await start(move);
    walked('2026-05-01T10:02:00Z');
    const read = state;
    const slow = { ...move, states: { ...move.states, read: async () => read } };
    await switchOver(move);
    await expect(switchOver(slow)).rejects.toBeInstanceOf(EmbeddingStateError);
  });

  it('is told in words', async () => {
    expect(statusInWords(await statusOf(move))).toContain('No other version is being filled.');
    await start(move);
    walked('2026-05-01T10:02:00Z');
    expect(statusInWords(await statusOf(move))).toContain('100.0 % of its documents, and nothing is missing');
  });
});
