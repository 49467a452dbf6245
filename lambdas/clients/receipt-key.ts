import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';

/** The key gave no answer of the kind that was asked for. */
export class ReceiptKeyError extends Error {
  override readonly name = 'ReceiptKeyError';
}

/** The key that signs receipts: ECDSA over P-256, its private half known to KMS alone. */
export class ReceiptKey {
  readonly #client: KMSClient;
  readonly #keyId: string;

  /** `keyId`: id, ARN or alias. */
  constructor({ client = new KMSClient({}), keyId }: { client?: KMSClient; keyId: string }) {
    this.#client = client;
    this.#keyId = keyId;
  }

  /**
   * Signs a SHA-256 digest (32 bytes).
   * @returns the signature in DER, and the ARN of the key that made it. @throws ReceiptKeyError
   */
  async sign(digest: Uint8Array): Promise<{ signature: Buffer; keyId: string }> {
    const { Signature, KeyId } = await this.#client.send(
      new SignCommand({
        KeyId: this.#keyId,
        Message: digest,
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
    );
    if (Signature === undefined || KeyId === undefined)
      throw new ReceiptKeyError(`${this.#keyId} answered without a signature`);
    return { signature: Buffer.from(Signature), keyId: KeyId };
  }

  /** @returns the public half as DER (SubjectPublicKeyInfo). @throws ReceiptKeyError */
  async publicKey(): Promise<Buffer> {
    const { PublicKey } = await this.#client.send(new GetPublicKeyCommand({ KeyId: this.#keyId }));
    if (PublicKey === undefined) throw new ReceiptKeyError(`${this.#keyId} has no public half`);
    return Buffer.from(PublicKey);
  }
}
