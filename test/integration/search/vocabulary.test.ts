import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ObjectMissingError } from '../../../lambdas/clients/media-bucket.ts';
import { indexedDocument, VectorIndex } from '../../../lambdas/clients/vector-index.ts';
import type { WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import { vocabularyKeys } from '../../../lambdas/contracts/keys.ts';
import { recountDoneSchema, recountRequestSchema } from '../../../lambdas/contracts/vocabulary.ts';
import { LoadedVocabulary, vocabularyAge } from '../../../lambdas/search/query/loaded-vocabulary.ts';
import { queryReader } from '../../../lambdas/search/query/read-query.ts';
import { refreshVocabulary } from '../../../lambdas/search/query/refresh-vocabulary.ts';
import type { VocabularyBucket } from '../../../lambdas/search/query/stored-vocabulary.ts';
import { relatedWordsOf } from '../../lambdas/search/candidates.ts';
import { sampleDocument, testIndexBody } from './sample-documents.ts';
import { type SearchNode, startSearchNode, useLocalCredentials } from './search-node.ts';

let node: SearchNode;
let index: VectorIndex;
let indexes = 0;

/** A bucket in memory with S3's manners, as far as the vocabulary needs them: an ETag changes with the bytes. */
function bucketInMemory() {
  const objects = new Map<string, Buffer>();
  return {
    objects,
    readBytes: async ({ key }: { key: string }) => {
      const bytes = objects.get(key);
      if (bytes === undefined) throw new ObjectMissingError(`${key} is not there`);
      return bytes;
    },
    putBytes: async (key: string, bytes: Uint8Array) => void objects.set(key, Buffer.from(bytes)),
    head: async ({ key }: { key: string }) => {
      const bytes = objects.get(key);
      return bytes && { bytes: bytes.length, etag: createHash('sha256').update(bytes).digest('hex') };
    },
    findJson: async <Schema extends z.ZodType>(key: string, schema: Schema) => {
      const bytes = objects.get(key);
      return bytes && schema.parse(JSON.parse(bytes.toString('utf8')));
    },
    putJson: async <Schema extends z.ZodType>(key: string, schema: Schema, value: z.input<Schema>) =>
      void objects.set(key, Buffer.from(JSON.stringify(schema.parse(value)))),
  } satisfies VocabularyBucket & Record<string, unknown>;
}

async function write(writtenAt: string, ...documents: WirescopeDocument[]): Promise<void> {
  const before = (await index.search({ query: { match_all: {} }, size: 0, track_total_hits: true })).total;
  await index.bulkIndex(documents.map((one) => indexedDocument(one, { contentSha256: 'a'.repeat(64), writtenAt })));
  for (let round = 0; round < 100; round++) {
    const { total } = await index.search({ query: { match_all: {} }, size: 0, track_total_hits: true });
    if (total === before + documents.length) return;
    await delay(100);
  }
  throw new Error('the documents did not become visible');
}
const about = (name: string, rights: Partial<WirescopeDocument['rights']> = {}): WirescopeDocument =>
  sampleDocument(name, `${name} was here.`, { entities: [[name, 'PER']], rights: { withheld: false, ...rights } });

const clock = (now: string, hasTime = true) => ({ now: () => new Date(now), hasTime: () => hasTime });
/** What was counted and nothing on top of it. */
const countOnly = (bucket: ReturnType<typeof bucketInMemory>) =>
  new LoadedVocabulary({ bucket, index: async () => ({ search: async () => ({ total: 0, found: [] }) }) });
async function knows(bucket: ReturnType<typeof bucketInMemory>, name: string, vocabulary = countOnly(bucket)) {
  const read = queryReader({
    vocabulary: (signal) => vocabulary.current(signal),
    zone: 'UTC',
    knownNames: async () => relatedWordsOf({}),
  });
  const options = {
    off: new Set<never>(),
    ignore: new Set<string>(),
    now: new Date(),
    signal: AbortSignal.timeout(5000),
  };
  return (await read(name.toLowerCase(), options)).entities.length > 0;
}

beforeAll(async () => {
  useLocalCredentials();
  node = await startSearchNode({ visibilityMilliseconds: 100 });
});
afterAll(() => node?.stop());

describe('what the archive holds', () => {
  beforeAll(async () => {
    indexes += 1;
    index = new VectorIndex({ endpoint: node.endpoint, indexName: `archive-${indexes}`, region: 'us-east-1' });
    await index.prepare(testIndexBody());
  });

  it('is counted once, however often it is looked for, and grows as assets arrive', async () => {
    const derived = bucketInMemory();
    await write('2026-05-01T10:00:00.000Z', about('Amara Diallo'));
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-01T10:02:00Z'))).toMatchObject({
      read: 1,
      isWhole: true,
    });
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-01T10:04:00Z'))).toMatchObject({
      read: 0,
      names: 1,
    });
    expect(await knows(derived, 'Amara Diallo')).toBe(true);
    expect(await knows(derived, 'Zofia Wrona')).toBe(false);

    await write('2026-05-01T10:04:30.000Z', about('Zofia Wrona'));
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-01T10:06:00Z'))).toMatchObject({
      read: 1,
      names: 2,
    });
    expect(await knows(derived, 'Zofia Wrona')).toBe(true);
  });

  it('keeps what nobody may find to itself until it may be found', async () => {
    const derived = bucketInMemory();
    await refreshVocabulary({ derived, index }, clock('2026-05-01T11:00:00Z'));
    await write(
      '2026-05-01T11:01:00.000Z',
      about('Secret Witness', { withheld: true }),
      about('Nobel Laureate', { embargoUntil: '2026-05-01T12:00:00Z' }),
    );
    await refreshVocabulary({ derived, index }, clock('2026-05-01T11:30:00Z'));
    expect(await knows(derived, 'Nobel Laureate')).toBe(false);
    await refreshVocabulary({ derived, index }, clock('2026-05-01T12:02:00Z'));
    expect(await knows(derived, 'Nobel Laureate')).toBe(true);
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-01T12:04:00Z'))).toMatchObject({ read: 0 });
    expect(await knows(derived, 'Secret Witness')).toBe(false);
  });

  it('is counted from nothing in as many runs as it takes, and forgets by that what was withdrawn', async () => {
    const derived = bucketInMemory();
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-02T10:00:00Z', false))).toMatchObject({
      isWhole: false,
    });
    expect(await knows(derived, 'Amara Diallo')).toBe(false);
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-02T10:02:00Z'))).toMatchObject({ isWhole: true });
    expect(await knows(derived, 'Amara Diallo')).toBe(true);

    const { found } = await index.search({ query: { match: { title: 'Diallo' } }, size: 5 });
    await index.deleteByIds(found.map(({ indexId }) => indexId));
    await delay(1000);
    await refreshVocabulary({ derived, index }, clock('2026-05-02T20:00:00Z'));
    expect(await knows(derived, 'Amara Diallo')).toBe(true);
    await refreshVocabulary({ derived, index }, clock('2026-05-03T10:05:00Z'));
    expect(await knows(derived, 'Amara Diallo')).toBe(false);
    expect(await knows(derived, 'Zofia Wrona')).toBe(true);
  });

  it('is counted from nothing at once where a withdrawal asks for it, and keeps nothing of an older count', async () => {
    const derived = bucketInMemory();
    await write('2026-05-04T09:00:00.000Z', about('Ondine Vasseur'));
    await refreshVocabulary({ derived, index }, clock('2026-05-04T10:00:00Z', false));
    await refreshVocabulary({ derived, index }, clock('2026-05-04T10:02:00Z'));
    expect(await knows(derived, 'Ondine Vasseur')).toBe(true);
    const { found } = await index.search({ query: { match: { title: 'Vasseur' } }, size: 5 });
    await index.deleteByIds(found.map(({ indexId }) => indexId));
    await delay(1000);
    await derived.putJson(vocabularyKeys.recount, recountRequestSchema, { notBefore: '2026-05-04T10:03:00.000Z' });
    await refreshVocabulary({ derived, index }, clock('2026-05-04T10:04:00Z'));
    expect(await knows(derived, 'Ondine Vasseur')).toBe(false);
    expect(await derived.findJson(vocabularyKeys.counted, recountDoneSchema)).toEqual({
      begunAt: '2026-05-04T10:04:00.000Z',
    });
    for (const bytes of derived.objects.values())
      expect((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')).not.toMatch(/vasseur/i);
    // Done once, it is not done again.
    expect(await refreshVocabulary({ derived, index }, clock('2026-05-04T10:06:00Z'))).toMatchObject({ read: 0 });
  });
});

describe('a process that reads queries', () => {
  function processOf(derived: ReturnType<typeof bucketInMemory>, startedAt: string) {
    let milliseconds = Date.parse(startedAt);
    const sources = { bucket: derived, index: async () => index as Pick<VectorIndex, 'search'> };
    return {
      sources,
      vocabulary: new LoadedVocabulary(sources, () => milliseconds),
      pass: (more: number) => {
        milliseconds += more;
      },
    };
  }

  it('knows a name within seconds of its document being found, long before the next count', async () => {
    const derived = bucketInMemory();
    await refreshVocabulary({ derived, index }, clock('2026-05-06T10:02:00Z'));
    const { vocabulary, pass } = processOf(derived, '2026-05-06T10:04:00Z');
    expect(await knows(derived, 'Late Arrival', vocabulary)).toBe(false);
    await write('2026-05-06T10:04:00.500Z', about('Late Arrival'));
    pass(vocabularyAge.leastMilliseconds / 2);
    expect(await knows(derived, 'Late Arrival', vocabulary)).toBe(false);
    pass(vocabularyAge.mostMilliseconds);
    expect(await knows(derived, 'Late Arrival', vocabulary)).toBe(true);
  });

  it('makes no query wait for newer names while those that it has are seconds old', async () => {
    const derived = bucketInMemory();
    await refreshVocabulary({ derived, index }, clock('2026-05-06T11:02:00Z'));
    const { vocabulary, sources, pass } = processOf(derived, '2026-05-06T11:04:00Z');
    const { signal } = new AbortController();
    const had = await vocabulary.current(signal);
    let isAsked = false;
    sources.index = () => {
      isAsked = true;
      return new Promise(() => {});
    };
    pass(vocabularyAge.leastMilliseconds + 1_000);
    const startedAt = performance.now();
    expect(await vocabulary.current(signal)).toBe(had);
    expect(performance.now() - startedAt).toBeLessThan(100);
    await expect.poll(() => isAsked).toBe(true);
  });

  it('knows the names of an archive that nobody has counted yet', async () => {
    await write('2026-05-07T10:00:00.000Z', about('Ines Mbeki'));
    const { vocabulary } = processOf(bucketInMemory(), '2026-05-07T10:00:05Z');
    expect(await knows(bucketInMemory(), 'Ines Mbeki', vocabulary)).toBe(true);
  });

  it('learns nothing of what is under embargo before it ends', async () => {
    const derived = bucketInMemory();
    await refreshVocabulary({ derived, index }, clock('2026-05-08T10:02:00Z'));
    await write('2026-05-08T10:02:00.000Z', about('Soraya Lindt', { embargoUntil: '2026-05-08T10:10:00Z' }));
    const { vocabulary, pass } = processOf(derived, '2026-05-08T10:03:00Z');
    expect(await knows(derived, 'Soraya Lindt', vocabulary)).toBe(false);
    pass(8 * 60_000);
    expect(await knows(derived, 'Soraya Lindt', vocabulary)).toBe(true);
  });

  it('serves what it has where bucket or index do not answer', async () => {
    const derived = bucketInMemory();
    await refreshVocabulary({ derived, index }, clock('2026-05-03T10:02:00Z'));
    const { vocabulary, sources, pass } = processOf(derived, '2026-05-08T10:20:00Z');
    expect(await knows(derived, 'Zofia Wrona', vocabulary)).toBe(true);
    expect(await knows(derived, 'Soraya Lindt', vocabulary)).toBe(true);
    sources.index = async () => ({ search: () => Promise.reject(new Error('no answer')) });
    pass(2 * vocabularyAge.mostMilliseconds);
    expect(await knows(derived, 'Soraya Lindt', vocabulary)).toBe(true);
    derived.head = () => Promise.reject(new Error('no answer'));
    pass(2 * vocabularyAge.mostMilliseconds);
    expect(await knows(derived, 'Zofia Wrona', vocabulary)).toBe(true);
  });
});
