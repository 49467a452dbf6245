import { setTimeout as delay } from 'node:timers/promises';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import { vocabularyKeys } from '../../contracts/keys.ts';
import { readStored, type VocabularyBucket } from './stored-vocabulary.ts';
import { emptyVocabulary, type Vocabulary, vocabularyOf } from './vocabulary.ts';
import { vocabularyFileSchema } from './vocabulary-file.ts';

/** How old the names may be before a query looks for newer ones, and before it waits for them. */
export const vocabularyAge = { lookMilliseconds: 60_000, waitMilliseconds: 180_000 } as const;
/** Longer than this no query waits: what is there serves, or nothing. */
const patienceMilliseconds = 300;

/**
 * The archive's vocabulary in this process. Looked for again once a minute, beside the query that finds it due; read anew
 * only where its ETag changed. A process that slept longer waits for it.
 */
export class LoadedVocabulary {
  readonly #bucket: VocabularyBucket & Pick<MediaBucket, 'head'>;
  readonly #now: () => number;
  #vocabulary: Vocabulary | undefined;
  #etag: string | undefined;
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  constructor(bucket: VocabularyBucket & Pick<MediaBucket, 'head'>, now: () => number = Date.now) {
    this.#bucket = bucket;
    this.#now = now;
  }

  /**
   * @throws where nothing has been read yet and it cannot be read in time; an archive that has no vocabulary yet has an
   *   empty one.
   */
  async current(signal: AbortSignal): Promise<Vocabulary> {
    const age = this.#now() - this.#lookedAt;
    if (age >= vocabularyAge.lookMilliseconds) {
      const looking = this.#look();
      if (this.#vocabulary === undefined) await looking;
      else if (age >= vocabularyAge.waitMilliseconds)
        await Promise.race([looking.catch(() => {}), delay(patienceMilliseconds, undefined, { signal, ref: false })]);
      // The older one serves until the next query: who reads the newer one is not this one's concern.
      else looking.catch(() => {});
    }
    return this.#vocabulary ?? emptyVocabulary();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#load().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #load(): Promise<void> {
    const key = vocabularyKeys.current;
    const etag = (await this.#bucket.head({ key }))?.etag;
    if (this.#vocabulary === undefined || etag !== this.#etag) {
      const file = etag === undefined ? undefined : await readStored(this.#bucket, key, vocabularyFileSchema);
      this.#vocabulary = file === undefined ? emptyVocabulary() : vocabularyOf(file);
      this.#etag = etag;
    }
    this.#lookedAt = this.#now();
  }
}
