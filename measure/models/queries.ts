import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readCollection } from '../../evaluation/collection/beir.ts';
import { root } from '../../setup/places.ts';

/** Dealt by stride, so that classes of queries are mixed and the first ones are always the same. */
const stride = 37;
const lineSchema = z.object({ text: z.string() });

/** The project's own queries, those of the search evaluation and of the names', in a mixed order; from the start again where more are asked for. */
export async function readQueries(count?: number): Promise<string[]> {
  const collection = await readCollection(path.join(root, 'evaluation', 'newsroom'));
  const named = readFileSync(path.join(root, 'evaluation', 'ner', 'queries.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const texts = [
    ...collection.queries.map(({ text }) => text),
    ...named.map((line) => lineSchema.parse(JSON.parse(line)).text),
  ];
  return Array.from({ length: count ?? texts.length }, (_, index) => texts[(index * stride) % texts.length] ?? '');
}
