import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpanStore, VectorStore } from '../../evaluation/models/answer-store.ts';
import { answerAll } from '../../evaluation/models/bulk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-answers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('kept vectors', () => {
  it('are there after a restart, and a record that was cut off is dropped', () => {
    const file = path.join(folder, 'vectors.f32');
    const first = new VectorStore(file, 2);
    first.keep(
      ['a', 'b'],
      [
        [0.5, -1],
        [2, 0.25],
      ],
    );
    first.close();
    appendFileSync(file, 'half a record');
    const second = new VectorStore(file, 2);
    expect([second.get('a'), second.get('b')]).toEqual([
      [0.5, -1],
      [2, 0.25],
    ]);
    second.keep(['c'], [[1, 1]]);
    second.close();
    expect(new VectorStore(file, 2).get('c')).toEqual([1, 1]);
    expect(() => second.get('d')).toThrow('no vector is kept');
  });

  it('refuse a vector of another length', () => {
    expect(() => new VectorStore(path.join(folder, 'v'), 3).keep(['a'], [[1, 2]])).toThrow('2 numbers');
  });
});

describe('kept names', () => {
  it('are there after a restart, and a line that was cut off is dropped', () => {
    const file = path.join(folder, 'spans.jsonl');
    const span = { text: 'Oslo', label: 'LOC' as const, start: 0, end: 4, score: 1 };
    const first = new SpanStore(file);
    first.keep(['Oslo', 'nothing'], [[span], []]);
    first.close();
    appendFileSync(file, '["cut');
    const second = new SpanStore(file);
    expect([second.get('Oslo'), second.get('nothing'), second.has('else')]).toEqual([[span], [], false]);
    second.keep(['else'], [[]]);
    expect(new SpanStore(file).has('else')).toBe(true);
  });
});

describe('answering in bulk', () => {
  it('asks each text once, and nothing that is kept already', async () => {
    const store = new VectorStore(path.join(folder, 'v'), 1);
    store.keep(['kept'], [[7]]);
    const asked: string[] = [];
    const ask = async (texts: string[]) => {
      asked.push(...texts);
      return texts.map((text) => [text.length]);
    };
    const texts = Array.from({ length: 300 }, (_, index) => 'x'.repeat(index % 150));
    const { asked: count } = await answerAll('test', [...texts, 'kept'], { store, ask, workers: 3 });
    expect(count).toBe(150);
    expect(new Set(asked).size).toBe(asked.length);
    expect(store.get('xx')).toEqual([2]);
  });
});
