import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type Receipt, type ReceiptStatement, receiptStatementSchema } from '../contracts/withdrawal.ts';
import type { ReceiptKey } from './receipt-key.ts';

/** The bytes that a signature of a statement is over: its JSON as RFC 8785 orders it, in UTF-8. */
export function signedBytes(statement: ReceiptStatement): Buffer {
  return Buffer.from(canonicalize(receiptStatementSchema.parse(statement)) ?? '', 'utf8');
}

/** Signs a statement. @throws ReceiptKeyError */
export async function signReceipt(key: Pick<ReceiptKey, 'sign'>, statement: ReceiptStatement): Promise<Receipt> {
  const { signature, keyId } = await key.sign(createHash('sha256').update(signedBytes(statement)).digest());
  return {
    statement,
    signature: {
      algorithm: 'ECDSA_SHA_256',
      canonicalisation: 'RFC 8785',
      keyId,
      value: signature.toString('base64'),
    },
  };
}

/** Whether a receipt says what the holder of the key signed. `publicKey`: DER (SubjectPublicKeyInfo) or PEM. */
export function isGenuine({ statement, signature }: Receipt, publicKey: Buffer | string): boolean {
  return verify('sha256', signedBytes(statement), readPublicKey(publicKey), Buffer.from(signature.value, 'base64'));
}

const readPublicKey = (publicKey: Buffer | string): KeyObject =>
  typeof publicKey === 'string'
    ? createPublicKey(publicKey)
    : createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
