import { setTimeout as delay } from 'node:timers/promises';
import type { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { ask } from '../search/load.ts';

const pauseMilliseconds = 200;
const newestPages = 2;
const pageSize = '50';

/** What one search showed, and when it was begun. */
export interface Look {
  begunAt: number;
  status: number;
  assetIds: string[];
}

/** Somebody who searches without a pause: for each word in turn, and for what is newest. */
export class Reader {
  readonly looks: Look[] = [];
  #isReading = true;
  readonly #work: Promise<void>;

  constructor(api: ApiCaller, words: readonly string[]) {
    this.#work = this.#read(api, words);
  }

  async close(): Promise<void> {
    this.#isReading = false;
    await this.#work;
  }

  async #read(api: ApiCaller, words: readonly string[]): Promise<void> {
    const queries = words.flatMap((word, at) => [
      { q: word, off: 'rerank' },
      { q: '', size: pageSize, page: String(1 + (at % newestPages)) },
    ]);
    for (let at = 0; this.#isReading; at++) {
      const begunAt = Date.now();
      const { status, answer } = await ask(api, queries[at % queries.length] ?? { q: '' });
      this.looks.push({ begunAt, status, assetIds: answer?.hits.map(({ assetId }) => assetId) ?? [] });
      await delay(pauseMilliseconds);
    }
  }
}
