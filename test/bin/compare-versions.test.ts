import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComparedVersion, compareVersions, comparisonInWords } from '../../bin/wirescope/compare-versions.ts';
import { type Collection, readCollection } from '../../evaluation/collection/beir.ts';

const texts = {
  boats: 'boats in the harbour',
  trains: 'trains at the station',
  planes: 'planes over the town',
};
let folder: string;
let collection: Collection;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-compare-'));
  const lines = (values: object[]) => values.map((value) => JSON.stringify(value)).join('\n');
  writeFileSync(
    path.join(folder, 'corpus.jsonl'),
    lines(Object.entries(texts).map(([_id, text]) => ({ _id, text, title: '' }))),
  );
  writeFileSync(
    path.join(folder, 'queries.jsonl'),
    lines(Object.keys(texts).map((word) => ({ _id: `q-${word}`, text: word }))),
  );
  mkdirSync(path.join(folder, 'qrels'));
  writeFileSync(
    path.join(folder, 'qrels', 'test.tsv'),
    ['query-id\tcorpus-id\tscore', ...Object.keys(texts).map((word) => `q-${word}\t${word}\t1`)].join('\n'),
  );
  collection = await readCollection(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const words = Object.keys(texts);
/** Embeds by which of the words a text holds; `order` says on which axis each lies. */
const version = (label: string, order: readonly string[], found: readonly string[]): ComparedVersion => {
  const [name, number] = label.split(' ');
  return {
    label,
    embed: {
      invokeJson: (async ({ texts: asked }: { texts: string[] }) => ({
        ...{ model: name, version: number },
        vectors: asked.map((text) => order.map((word) => (text.includes(word) ? 1 : 0))),
      })) as never,
    },
    index: {
      search: (async () => ({
        total: found.length,
        found: found.map((documentId) => ({ document: { documentId } })),
      })) as never,
    },
  };
};

describe('two versions side by side', () => {
  const good = version('embed-minilm 1.0.0', words, ['a', 'b', 'c', 'd']);
  /** It holds everything for the same. */
  const blind = version('embed-blind 2.0.0', [''], ['a', 'b', 'x', 'y']);

  it('are judged by the vectors alone, each by its own, and by the archive’s own indexes', async () => {
    const compared = await compareVersions([good, blind], collection, ['a query', 'another one']);
    const [first, second] = compared.quality;
    expect(first).toMatchObject({ label: 'embed-minilm 1.0.0', ndcg10: 1 });
    expect(second.ndcg10).toBeLessThan(1);
    expect(compared.top10Overlap).toBe(0.5);
    expect(compared.queries).toBe(2);
  });

  it('come with a warning for the one that search was not fitted for, and for no other', async () => {
    const compared = await compareVersions([good, blind], collection, ['a query']);
    expect(compared.notFittedFor).toEqual(['embed-blind 2.0.0']);
    expect(comparisonInWords(compared)).toMatch(/not fitted for embed-blind 2\.0\.0/);
    expect(comparisonInWords(await compareVersions([good, good], collection, ['a query']))).not.toMatch(/not fitted/);
  });
});
