import type { EmbeddingStates } from '../clients/embedding-state.ts';
import type { EmbeddingState } from '../contracts/embedding.ts';

/** A switch and the way back reach every reader within this. */
export const stateMaxAgeMilliseconds = 1_000;

/** The state as it was a moment ago: queries do not each ask the ledger. While that is silent, the last answer holds. */
export class RecentState {
  readonly #states: Pick<EmbeddingStates, 'read'>;
  readonly #now: () => number;
  #known: { state: EmbeddingState; at: number } | undefined;

  constructor(states: Pick<EmbeddingStates, 'read'>, now: () => number = Date.now) {
    this.#states = states;
    this.#now = now;
  }

  /** @throws what the ledger throws, where it has never answered */
  async read(): Promise<EmbeddingState> {
    if (this.#known !== undefined && this.#now() - this.#known.at < stateMaxAgeMilliseconds) return this.#known.state;
    const at = this.#now();
    try {
      this.#known = { state: await this.#states.read(), at };
    } catch (error) {
      if (this.#known === undefined) throw error;
    }
    return this.#known.state;
  }
}
