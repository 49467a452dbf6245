import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EffectTable } from '../../lambdas/clients/asset-ledger/effect-table.ts';
import { SideEffects } from '../../lambdas/clients/asset-ledger/side-effects.ts';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

const leaseSeconds = 60;
const resultSchema = z.object({ name: z.string(), score: z.number().optional() });

let emulator: CloudEmulator;
let table: LedgerTable;
let nowMilliseconds = Date.parse('2026-05-01T10:00:00Z');
let effects: SideEffects<z.infer<typeof resultSchema>>;
const keyOf = (name: string) => ({ pk: `ASSET#${name}`, sk: 'EFFECT#send' });

beforeAll(async () => {
  emulator = await startCloudEmulator();
  table = await createLedgerTable(emulator, 'effects');
  effects = new SideEffects(new EffectTable(table), resultSchema, () => new Date(nowMilliseconds));
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

describe('side effects in the ledger', () => {
  it('has one worker of 50 do the work, and tells the others who is at it or what it came to', async () => {
    let done = 0;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, worker) =>
        effects.once(keyOf('race'), { owner: `worker ${worker}`, leaseSeconds }, async () => {
          done += 1;
          return { name: `worker ${worker}` };
        }),
      ),
    );
    expect(done).toBe(1);
    const results = answers.flatMap((answer) => (answer.state === 'confirmed' ? [answer.result.name] : []));
    expect(new Set(results).size).toBe(1);
  });

  it('refuses the slow first worker once its lease ran out and another claimed, and keeps the second result', async () => {
    const key = keyOf('slow');
    const slow = await effects.claim(key, { owner: 'slow', leaseSeconds });
    nowMilliseconds += 2 * leaseSeconds * 1000;
    const quick = await effects.claim(key, { owner: 'quick', leaseSeconds });
    if (slow.state !== 'claimed' || quick.state !== 'claimed') throw new Error('both were to get the claim');
    await effects.confirm(quick.claim, { name: 'quick', score: 0.1 });
    await expect(effects.confirm(slow.claim, { name: 'slow' })).rejects.toHaveProperty('name', 'FencedError');
    expect(await effects.claim(key, { owner: 'slow', leaseSeconds })).toEqual({
      state: 'confirmed',
      result: { name: 'quick', score: 0.1 },
    });
  });

  it('tells a row that was changed in any way since it was read', async () => {
    const key = keyOf('renewed');
    const first = await effects.claim(key, { owner: 'a', leaseSeconds, subject: 'x' });
    if (first.state !== 'claimed') throw new Error('the claim was to be free');
    const store = new EffectTable(table);
    await effects.renew(first.claim, { leaseSeconds: 300, expected: { name: 'soon' } });
    expect(await store.swap(key, first.claim.row, { ...first.claim.row, owner: 'thief' })).toBe(false);
    expect(await store.read(key)).toMatchObject({ owner: 'a', expected: { name: 'soon' } });
  });

  it('leaves what else the item holds as it is', async () => {
    const key = keyOf('beside');
    await table.client.send(new PutCommand({ TableName: table.tableName, Item: { ...key, taskToken: 'token' } }));
    await effects.once(key, { owner: 'a', leaseSeconds }, async () => ({ name: 'done' }));
    const { Item } = await table.client.send(new GetCommand({ TableName: table.tableName, Key: key }));
    expect(Item).toMatchObject({ taskToken: 'token', effect: { state: 'confirmed', result: { name: 'done' } } });
  });
});
