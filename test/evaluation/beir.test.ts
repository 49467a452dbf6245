import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CollectionDocument, readCollection, readCorpus } from '../../evaluation/collection/beir.ts';
import { collectionRanking, describe as describeDocument } from '../../evaluation/collection/descriptions.ts';
import { descriptionSchema } from '../../lambdas/contracts/documents.ts';

let folder: string;
const lines = (...rows: unknown[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);

async function corpusOf(of: string): Promise<CollectionDocument[]> {
  const documents: CollectionDocument[] = [];
  for await (const document of readCorpus(await readCollection(of))) documents.push(document);
  return documents;
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-beir-'));
  mkdirSync(path.join(folder, 'qrels'));
  write('corpus.jsonl', lines({ _id: 'd1', title: 'One', text: 'A first text.' }, { _id: 2, text: 'A second.' }));
  write(
    'queries.jsonl',
    lines(
      { _id: 'q1', text: 'first' },
      { _id: 'q2', text: 'unjudged' },
      { _id: 'q3', text: 'none', metadata: { class: 'no-answer', half: 'tuning' } },
    ),
  );
  write('qrels/test.tsv', 'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\t2\t0\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder in BEIR layout', () => {
  it('gives documents, judged queries and those that nothing answers', async () => {
    const collection = await readCollection(folder);
    expect(collection.queries.map(({ id, isUnanswerable }) => [id, isUnanswerable])).toEqual([
      ['q1', false],
      ['q3', true],
    ]);
    expect(collection.queries[0]?.judgements.get('d1')).toBe(2);
    expect((await corpusOf(folder)).map(({ _id }) => _id)).toEqual(['d1', '2']);
  });

  it('reads only the split that is asked for', async () => {
    write('qrels/train.tsv', 'q2\td1\t1\n');
    expect((await readCollection(folder)).queries.map(({ id }) => id)).toContain('q2');
    expect((await readCollection(folder, 'test')).queries.map(({ id }) => id)).not.toContain('q2');
    await expect(readCollection(folder, 'dev')).rejects.toThrow('holds no dev.tsv');
  });

  it('names the line that it cannot read', async () => {
    write('qrels/test.tsv', 'q1\td1\n');
    await expect(readCollection(folder)).rejects.toThrow('test.tsv, line 1');
    write('qrels/test.tsv', 'q1\td1\t1\n');
    write('corpus.jsonl', '{"_id": "d1", "text": "x"}\nnot json\n');
    await expect(corpusOf(folder)).rejects.toThrow('line 2: this is not JSON');
    rmSync(path.join(folder, 'queries.jsonl'));
    await expect(readCollection(folder)).rejects.toThrow('it lacks queries.jsonl');
  });
});

describe('a document of a collection', () => {
  it('without a kind becomes the passages of a story, in which it is found again', () => {
    const text = 'The river rose over night and left the old town under water. '.repeat(60);
    const passages = describeDocument({ _id: 'long#1', title: 'Flood', text });
    expect(passages.length).toBeGreaterThan(2);
    for (const passage of passages) expect(descriptionSchema.safeParse(passage).success).toBe(true);
    expect(new Set(passages.map(({ assetId }) => assetId)).size).toBe(1);
    const ranking = passages.map(({ documentId }) => documentId).toReversed();
    expect(collectionRanking([...ranking, 'other#0'])).toEqual(['long#1', 'other']);
  });

  it('with a kind is one document of it, with what its metadata says', () => {
    const [photo, ...others] = describeDocument({
      _id: 'p1',
      title: 'T',
      text: '',
      metadata: { kind: 'photo', createdAt: '2024-02-01', place: 'Lisbon', desk: 'sport', people: ['Ana'] },
    });
    expect(others).toEqual([]);
    expect(photo).toMatchObject({
      kind: 'photo',
      assetKind: 'photo',
      createdAt: '2024-02-01T00:00:00Z',
      desk: 'sport',
    });
    expect(descriptionSchema.safeParse(photo).success).toBe(true);
  });
});
