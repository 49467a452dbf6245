import { describe, expect, it } from 'vitest';
import {
  liftWithdrawal,
  lookAtAssets,
  lookToLift,
  withdrawAssets,
  withdrawnInWords,
} from '../../bin/wirescope/withdraw.ts';
import type { Receipt, WithdrawalAnswer, WithdrawalRequest } from '../../lambdas/contracts/withdrawal.ts';

const [one, other, third] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
const silent = { set: () => {}, stop: () => {} };
const decision = { reason: 'The court ordered it.', by: 'counsel@example' };
const receipt = { statement: { act: 'withdrawal' } } as unknown as Receipt;
const proved: WithdrawalAnswer = { state: 'proved', receiptKey: 'receipts/one.json', receipt };
const waiting = (seconds: number, why = 'the index shows a write a minute late'): WithdrawalAnswer => ({
  state: 'waiting',
  until: new Date(Date.now() + seconds * 1000).toISOString(),
  why,
});

/** A function that answers each asset by its script, one answer a call. */
function scripted(script: Record<string, (WithdrawalAnswer | Error)[]>) {
  const asked: WithdrawalRequest[] = [];
  const ask = async (request: WithdrawalRequest): Promise<WithdrawalAnswer> => {
    asked.push(request);
    const answer = script['assetId' in request ? request.assetId : '']?.shift();
    if (answer === undefined) throw new Error('nothing more is said');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { ask, asked };
}
const options = { progress: silent, limitMilliseconds: 60_000, pause: async () => {} };

describe('withdrawing', () => {
  it('removes every asset before it waits for the first, and asks each for its proof once it is due', async () => {
    const { ask, asked } = scripted({ [one]: [waiting(-1), waiting(-1), proved], [other]: [waiting(-1), proved] });
    const report = await withdrawAssets(ask, [one, other], decision, options);
    expect(report).toEqual([one, other].map((assetId) => ({ assetId, ...proved })));
    expect(asked.slice(0, 2).map(({ action }) => action)).toEqual(['remove', 'remove']);
    expect(asked.slice(2).map(({ action }) => action)).toEqual(['prove', 'prove', 'prove']);
  });

  it('goes on with the others where one of them fails, and says why', async () => {
    const { ask } = scripted({ [one]: [new Error('throttled')], [other]: [proved], [third]: [{ state: 'unknown' }] });
    const report = await withdrawAssets(ask, [one, other, third], decision, options);
    expect(report.map(({ state, problem }) => [state, problem])).toEqual([
      ['waiting', 'throttled'],
      ['proved', undefined],
      ['unknown', 'the ledger has no such asset'],
    ]);
  });

  it('leaves at its limit what still waits, with the reason', async () => {
    const { ask } = scripted({ [one]: [waiting(3600, 'a Lambda may still write')], [other]: [proved] });
    const report = await withdrawAssets(ask, [one, other], decision, { ...options, limitMilliseconds: 0 });
    const problem = expect.stringMatching(/^not proved yet: a Lambda may still write; run the command again$/);
    expect(report).toMatchObject([{ state: 'waiting', problem }, { state: 'proved' }]);
  });

  it('changes nothing where it only looks, and counts by store what would go', async () => {
    const found: WithdrawalAnswer = {
      state: 'found',
      kind: 'photo',
      status: 'indexed',
      stores: { originals: 2, index: 1, captions: 0 },
    };
    const { ask, asked } = scripted({ [one]: [found] });
    const [line] = await lookAtAssets(ask, [one], silent);
    expect(asked.map(({ action }) => action)).toEqual(['look']);
    expect(withdrawnInWords(line ?? { assetId: one, state: 'unknown' })).toBe(
      `${one}  would lose originals 2, index 1`,
    );
  });

  it('says of a lift what it would be, and changes nothing', async () => {
    const found = (withdrawal?: 'proved' | 'removed'): WithdrawalAnswer => ({
      state: 'found',
      kind: 'photo',
      status: 'withdrawn',
      withdrawal,
      stores: {},
    });
    const { ask, asked } = scripted({ [one]: [found('proved')], [other]: [found('removed')], [third]: [found()] });
    const report = [await lookToLift(ask, one), await lookToLift(ask, other), await lookToLift(ask, third)];
    expect(report.map(withdrawnInWords)).toEqual([
      `${one}  may be let in again`,
      `${other}  not done: its withdrawal has not come to its end: run it to the receipt first.`,
      `${third}  not done: it was never withdrawn.`,
    ]);
    expect(asked.map(({ action }) => action)).toEqual(['look', 'look', 'look']);
  });

  it('says of a lift that it was done, or why it may not be', async () => {
    const why = 'it was never withdrawn';
    const { ask } = scripted({ [one]: [{ ...proved, state: 'lifted' }], [other]: [{ state: 'not allowed', why }] });
    expect(withdrawnInWords(await liftWithdrawal(ask, one, decision))).toMatch(/may come again, receipt receipts\/one/);
    expect(withdrawnInWords(await liftWithdrawal(ask, other, decision))).toBe(`${other}  not done: ${why}.`);
  });
});
