/** What came back for one picture, as it was said. */
export interface ProviderAnswer {
  text: string;
  /** The model that answered, in the provider's own words, where it names it. */
  model?: string | undefined;
  /** As billed; absent where the provider does not say. */
  usage?: { inputTokens: number; outputTokens: number } | undefined;
}
export interface CaptionProvider {
  /**
   * Asks once, without tries of its own: every call may cost money.
   * @param jpeg as it is sent.
   * @param callId names the call: the same for every try that must be billed once.
   * @throws CaptionProviderError, whose `kind` says what may be done next.
   */
  ask(jpeg: Buffer, callId: string): Promise<ProviderAnswer>;
}

/**
 * How a call failed.
 * - `throttled`: not now; `retryAfterMilliseconds` where the provider said when. Not billed.
 * - `failed`: the provider's own fault, or it could not be reached. Not billed.
 * - `silent`: it was reached, and no whole answer came back. Nobody knows whether it was billed.
 * - `refused`: this picture, now and always. Not billed as far as providers say.
 * - `turned away`: the key, the account or the request as such, whichever the picture. Not billed.
 */
export type ProviderFailure = 'throttled' | 'failed' | 'silent' | 'refused' | 'turned away';

export class CaptionProviderError extends Error {
  override readonly name = 'CaptionProviderError';
  readonly kind: ProviderFailure;
  readonly retryAfterMilliseconds: number | undefined;
  constructor(
    kind: ProviderFailure,
    message: string,
    { retryAfterMilliseconds, cause }: { retryAfterMilliseconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.retryAfterMilliseconds = retryAfterMilliseconds;
  }
}
