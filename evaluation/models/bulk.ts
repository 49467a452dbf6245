import { textBatches } from '../../lambdas/clients/text-batches.ts';
import type { AnswerStore } from './answer-store.ts';
import { progressBar } from './progress.ts';

/** A package's own limit for one request is 64 texts. */
const textsPerRequest = 64;
/** Texts are sorted by length within this many, so that a request pads little and the bar still runs evenly. */
const textsPerWindow = 1024;

export interface BulkResult {
  asked: number;
  characters: number;
  seconds: number;
}

/**
 * Has every text answered that the store lacks, and keeps each request's answers at once. `ask` is called as often at the
 * same time as there are `workers`.
 */
export async function answerAll<Answer>(
  title: string,
  texts: Iterable<string>,
  { store, ask, workers }: { store: AnswerStore<Answer>; ask: (texts: string[]) => Promise<Answer[]>; workers: number },
): Promise<BulkResult> {
  const missing = [...new Set(texts)].filter((text) => !store.has(text));
  const characters = missing.reduce((sum, text) => sum + text.length, 0);
  const startedAt = performance.now();
  const bar = progressBar(title, characters);
  const batches = batchesOf(missing);
  const work = async (): Promise<void> => {
    for (;;) {
      const next = batches.next();
      if (next.done) return;
      store.keep(next.value, await ask(next.value));
      bar.advance(next.value.reduce((sum, text) => sum + text.length, 0));
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    bar.stop();
  }
  return { asked: missing.length, characters, seconds: (performance.now() - startedAt) / 1000 };
}

function* batchesOf(texts: readonly string[]): Generator<string[]> {
  for (let start = 0; start < texts.length; start += textsPerWindow) {
    const window = texts.slice(start, start + textsPerWindow).sort((a, b) => a.length - b.length);
    yield* textBatches(window, textsPerRequest);
  }
}
