import { createReadStream, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Judgements } from '../metrics.ts';

/** A folder that is no test collection, or a line in it that cannot be read; the message says which. */
export class CollectionError extends Error {
  override readonly name = 'CollectionError';
}

const identifier = z.union([z.string().min(1), z.number()]).transform(String);
const instant = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
/** What a collection may say beyond BEIR's own fields; a plain collection has none of it. */
const documentMetadataSchema = z.object({
  kind: z.enum(['photo', 'shot', 'passage']).optional(),
  /** Documents of one asset name the same one. */
  asset: identifier.optional(),
  desk: z.string().optional(),
  /** A day, or an instant with its offset. */
  createdAt: instant.optional(),
  place: z.string().optional(),
  people: z.array(z.string()).optional(),
  keywords: z.array(z.string()).optional(),
  context: z.string().optional(),
});
const documentSchema = z.object({
  _id: identifier,
  title: z.string().nullish(),
  text: z.string(),
  metadata: documentMetadataSchema.nullish(),
});
export type CollectionDocument = z.infer<typeof documentSchema>;

export const halfSchema = z.enum(['tuning', 'reporting']);
export type Half = z.infer<typeof halfSchema>;
const queryMarks = {
  class: z.string().optional(),
  half: halfSchema.optional(),
  now: instant.optional(),
};
const querySchema = z.object({
  _id: identifier,
  text: z.string().min(1),
  ...queryMarks,
  metadata: z.object(queryMarks).nullish(),
});

export interface CollectionQuery {
  id: string;
  text: string;
  /** `all` where the collection gives no classes. */
  class: string;
  half?: Half;
  judgements: Judgements;
  /** What "yesterday" is reckoned from, where the collection says so. */
  now?: Date;
  /** Whether the collection says of this query that nothing in it answers it. */
  isUnanswerable: boolean;
}
export interface Collection {
  name: string;
  corpusFile: string;
  queries: CollectionQuery[];
}

/** The class of queries that nothing in the collection answers: their right answer is none. */
export const unanswerableClass = 'no-answer';

/**
 * Reads queries and judgements of a folder in BEIR's layout (Thakur and others, 2021): corpus.jsonl, queries.jsonl and
 * qrels/*.tsv. Queries that no file judges are left out, as BEIR does, unless their class says that nothing answers them.
 * @param split the qrels file to read, `test` for qrels/test.tsv; all of them where it is not given
 * @throws CollectionError
 */
export async function readCollection(folder: string, split?: string): Promise<Collection> {
  const corpusFile = path.join(folder, 'corpus.jsonl');
  const queriesFile = path.join(folder, 'queries.jsonl');
  const qrels = path.join(folder, 'qrels');
  for (const needed of [corpusFile, queriesFile, qrels])
    if (!existsSync(needed))
      throw new CollectionError(`${folder} is no BEIR collection: it lacks ${path.basename(needed)}.`);
  const judged = await readJudgements(qrels, split);
  const queries: CollectionQuery[] = [];
  for await (const { _id, text, metadata, ...own } of readLines(queriesFile, querySchema)) {
    const marks = { ...own, ...metadata };
    const judgements: Judgements = judged.get(_id) ?? new Map<string, number>();
    const isUnanswerable = marks.class === unanswerableClass;
    const isAnswerable = [...judgements.values()].some((gain) => gain > 0);
    if (isUnanswerable && isAnswerable)
      throw new CollectionError(`${queriesFile}: ${_id} is of the class ${unanswerableClass}, but has judgements.`);
    if (!isUnanswerable && !isAnswerable) continue;
    queries.push({
      id: _id,
      text,
      class: marks.class ?? 'all',
      ...(marks.half === undefined ? {} : { half: marks.half }),
      judgements,
      ...(marks.now === undefined ? {} : { now: new Date(marks.now) }),
      isUnanswerable,
    });
  }
  if (queries.length === 0) throw new CollectionError(`${folder} has no query with a judgement.`);
  return { name: path.basename(path.resolve(folder)), corpusFile, queries };
}

/** The documents one after the other: a corpus may be larger than memory. @throws CollectionError */
export const readCorpus = (collection: Collection): AsyncGenerator<CollectionDocument> =>
  readLines(collection.corpusFile, documentSchema);

async function readJudgements(folder: string, split?: string): Promise<Map<string, Map<string, number>>> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.tsv') && (!split || file === `${split}.tsv`));
  if (files.length === 0)
    throw new CollectionError(`${folder} holds no ${split === undefined ? '' : `${split}`}.tsv of judgements.`);
  const judged = new Map<string, Map<string, number>>();
  for (const file of files.sort()) {
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(path.join(folder, file)) })) {
      number += 1;
      if (line.trim() === '') continue;
      const [query, document, score] = line.split('\t').map((field) => field.trim());
      // The header's score is a word.
      if (number === 1 && score !== undefined && Number.isNaN(Number(score))) continue;
      if (!query || !document || score === undefined || score === '' || Number.isNaN(Number(score)))
        throw new CollectionError(`${file}, line ${number}: a judgement is a query, a document and a number.`);
      const ofQuery = judged.get(query) ?? new Map<string, number>();
      ofQuery.set(document, Number(score));
      judged.set(query, ofQuery);
    }
  }
  return judged;
}

async function* readLines<Schema extends z.ZodType>(file: string, schema: Schema): AsyncGenerator<z.infer<Schema>> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    number += 1;
    if (line.trim() === '') continue;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      throw new CollectionError(`${file}, line ${number}: this is not JSON.`);
    }
    const result = schema.safeParse(parsed);
    if (!result.success) throw new CollectionError(`${file}, line ${number}: ${z.prettifyError(result.error)}`);
    yield result.data;
  }
}
