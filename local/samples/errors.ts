/** The sample newsroom could not be laid out; the message is one sentence that says what to do. */
export class SamplesError extends Error {
  override readonly name = 'SamplesError';
}
