/** Milliseconds of each stage and of all together. */
export class Stopwatch {
  readonly #startedAt = performance.now();
  readonly #laps: Record<string, number> = {};

  async time<Value>(stage: string, work: () => Promise<Value>): Promise<Value> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#laps[stage] = since(startedAt);
    }
  }

  /** For work that does not wait. */
  timeNow<Value>(stage: string, work: () => Value): Value {
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      this.#laps[stage] = since(startedAt);
    }
  }

  laps(): Record<string, number> {
    return { ...this.#laps, total: since(this.#startedAt) };
  }
}

const since = (startedAt: number): number => Math.round((performance.now() - startedAt) * 10) / 10;
