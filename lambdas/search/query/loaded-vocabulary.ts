import { setTimeout as delay } from 'node:timers/promises';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import type { StoredDocument, VectorIndex } from '../../clients/vector-index.ts';
import { vocabularyKeys } from '../../contracts/keys.ts';
import { readStored, type VocabularyBucket } from './stored-vocabulary.ts';
import { Tally } from './tally.ts';
import { recentlyVisible } from './visible.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';
import { emptyVocabularyFile, type VocabularyFile, vocabularyFileSchema } from './vocabulary-file.ts';

/**
 * How old the names may be before a query looks for newer ones: as many times what the last look took, within these
 * bounds. A small archive's names are seconds old, and a large one's looks take no more than a thirtieth of the time.
 */
export const vocabularyAge = { leastMilliseconds: 2_000, mostMilliseconds: 60_000, timesTheLook: 30 } as const;
/** Names that are no older serve at once, while newer ones are looked for beside the query. */
const freshMilliseconds = 10_000;
/** Longer than this no query waits for newer names: those that are there serve. */
const patienceMilliseconds = 300;
const indexLimitMilliseconds = 2_000;

interface Sources {
  bucket: VocabularyBucket & Pick<MediaBucket, 'head'>;
  /** The index that is current. */
  index: () => Promise<Pick<VectorIndex, 'search'>>;
}

/**
 * The archive's vocabulary in this process: what was counted, and on top of it what the index shows since then, so that a
 * name is understood as soon as its document is found. Looked for beside the query that finds it due; read anew only where
 * something changed.
 */
export class LoadedVocabulary {
  readonly #sources: Sources;
  readonly #now: () => number;
  #vocabulary: Vocabulary | undefined;
  #counted: { file: VocabularyFile; etag: string | undefined } | undefined;
  /** What was put on top of the count. */
  #recent: readonly StoredDocument[] = [];
  #dueAt = -Infinity;
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  constructor(sources: Sources, now: () => number = Date.now) {
    this.#sources = sources;
    this.#now = now;
  }

  /**
   * @throws where nothing has been read yet and it cannot be read in time; an archive that has no vocabulary yet has one
   *   of its newest documents.
   */
  async current(signal: AbortSignal): Promise<Vocabulary> {
    if (this.#now() < this.#dueAt && this.#vocabulary !== undefined) return this.#vocabulary;
    const looking = this.#look();
    if (this.#vocabulary === undefined) await looking;
    else if (this.#now() - this.#lookedAt < freshMilliseconds) looking.catch(() => {});
    else
      await Promise.race([
        looking.catch(() => {}),
        delay(patienceMilliseconds, undefined, { signal, ref: false }),
      ]).catch(() => {});
    return this.#vocabulary ?? vocabularyOf(emptyVocabularyFile(new Date(0)));
  }

  #look(): Promise<void> {
    this.#looking ??= this.#load().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #load(): Promise<void> {
    const [startedAt, lookedAt] = [performance.now(), this.#now()];
    try {
      const counted = await this.#count();
      const recent = await this.#newerThan(counted.file.upTo);
      if (this.#vocabulary === undefined || counted !== this.#counted || !areSame(recent, this.#recent)) {
        const tally = new Tally(counted.file);
        for (const document of recent) tally.add(document);
        this.#vocabulary = vocabularyOf(recent.length === 0 ? counted.file : tally.counted());
        this.#counted = counted;
        this.#recent = recent;
      }
      this.#lookedAt = lookedAt;
    } finally {
      const { leastMilliseconds, mostMilliseconds, timesTheLook } = vocabularyAge;
      const wait = timesTheLook * (performance.now() - startedAt);
      this.#dueAt = this.#now() + Math.min(mostMilliseconds, Math.max(leastMilliseconds, wait));
    }
  }

  /** The same object as long as the count stays the same. */
  async #count(): Promise<{ file: VocabularyFile; etag: string | undefined }> {
    const { bucket } = this.#sources;
    const key = vocabularyKeys.current;
    const etag = (await bucket.head({ key }))?.etag;
    if (this.#counted !== undefined && etag === this.#counted.etag) return this.#counted;
    const file = etag === undefined ? undefined : await readStored(bucket, key, vocabularyFileSchema);
    return { file: file ?? emptyVocabularyFile(new Date(0)), etag };
  }

  /** While the index is silent, what it said before holds; that it is silent the search itself will say. */
  async #newerThan(since: string): Promise<readonly StoredDocument[]> {
    try {
      const index = await this.#sources.index();
      return await recentlyVisible(index, since, new Date(this.#now()).toISOString(), indexLimitMilliseconds);
    } catch {
      return this.#recent;
    }
  }
}

const areSame = (one: readonly StoredDocument[], other: readonly StoredDocument[]): boolean =>
  one.length === other.length &&
  one.every(({ documentId, writtenAt }, at) => {
    const counterpart = other[at];
    return counterpart?.documentId === documentId && counterpart.writtenAt === writtenAt;
  });
