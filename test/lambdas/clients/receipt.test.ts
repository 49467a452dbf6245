import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isGenuine, signedBytes, signReceipt } from '../../../lambdas/clients/receipt.ts';
import { type ReceiptStatement, withdrawalStores } from '../../../lambdas/contracts/withdrawal.ts';

const at = '2026-11-24T22:00:00.000Z';
const statement: ReceiptStatement = {
  version: 1,
  act: 'withdrawal',
  environment: 'local',
  assetId: 'a'.repeat(64),
  kind: 'photo',
  reason: 'Söder’s lawyers asked for it',
  by: 'desk@example',
  begunAt: at,
  provedAt: at,
  stores: withdrawalStores.map((store) => ({ store, removed: 2, remaining: 0, readBackAt: at })),
};
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** As KMS does it: over a digest that it is handed. Node signs messages only, so this key is given the message. */
const key = (message: Buffer) => ({
  sign: async () => ({ signature: sign('sha256', message, privateKey), keyId: 'arn:aws:kms:::key/receipts' }),
});

describe('a receipt', () => {
  it('is genuine by its public key, as DER and as PEM, however its members are ordered', async () => {
    const receipt = await signReceipt(key(signedBytes(statement)), statement);
    const reordered = { ...receipt, statement: Object.fromEntries(Object.entries(statement).reverse()) as never };
    for (const each of [receipt, reordered]) {
      expect(isGenuine(each, publicKey.export({ format: 'der', type: 'spki' }))).toBe(true);
      expect(isGenuine(each, publicKey.export({ format: 'pem', type: 'spki' }) as string)).toBe(true);
    }
  });

  it('is not genuine where one word of it was changed, or another key is asked', async () => {
    const receipt = await signReceipt(key(signedBytes(statement)), statement);
    const der = publicKey.export({ format: 'der', type: 'spki' });
    expect(isGenuine({ ...receipt, statement: { ...statement, by: 'somebody else' } }, der)).toBe(false);
    const other = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    expect(isGenuine(receipt, other.export({ format: 'der', type: 'spki' }))).toBe(false);
  });

  it('cannot state that something remains', () => {
    const [first, ...others] = statement.act === 'withdrawal' ? statement.stores : [];
    expect(() => signedBytes({ ...statement, stores: [{ ...first, remaining: 1 }, ...others] } as never)).toThrow();
  });
});
