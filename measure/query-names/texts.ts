import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readCollection, readCorpus } from '../../evaluation/collection/beir.ts';
import { describe } from '../../evaluation/collection/descriptions.ts';
import type { Enricher } from '../../evaluation/models/served.ts';
import { entityLabelSchema } from '../../lambdas/contracts/models.ts';
import { entityTexts } from '../../lambdas/embedding/model-texts.ts';
import { namedEntities } from '../../lambdas/enrich/named-entities.ts';
import { type CountedDocument, Tally } from '../../lambdas/search/query/tally.ts';
import { type VocabularyFile, vocabularyFileSchema } from '../../lambdas/search/query/vocabulary-file.ts';
import { root } from '../../setup/places.ts';

const labelledSchema = z.object({
  text: z.string(),
  entities: z.array(z.object({ start: z.number(), end: z.number(), label: entityLabelSchema })),
  half: z.enum(['tuning', 'reporting']),
});
export type Labelled = z.infer<typeof labelledSchema>;

export const labelled = (set: 'queries' | 'sentences'): Labelled[] =>
  readFileSync(path.join(root, 'evaluation', 'ner', `${set}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => labelledSchema.parse(JSON.parse(line)));

type Counted = Omit<VocabularyFile, 'version' | 'upTo' | 'countedAfreshAt'>;

/**
 * What an archive of the newsroom collection and of the labelled sentences holds. Its names are those that the model
 * finds, as in the product: no label of a sentence is read.
 */
export async function archiveOf(enricher: Enricher): Promise<Counted> {
  const texts: (Omit<CountedDocument, 'entities'> & { read: string[] })[] = labelled('sentences').map(({ text }) => ({
    title: '',
    text,
    context: '',
    keywords: [],
    people: [],
    read: [text],
  }));
  for await (const document of readCorpus(await readCollection(path.join(root, 'evaluation', 'newsroom'))))
    for (const description of describe(document)) texts.push({ ...description, read: entityTexts(description) });
  await enricher.nameAll(texts.flatMap(({ read }) => read));
  const tally = new Tally({ documents: 0, names: [], words: [], expansions: [] });
  for (const { read, ...document } of texts) {
    const answers = read.map((text) => ({ text, spans: enricher.spans.get(text) }));
    tally.add({ ...document, entities: namedEntities(document, answers) });
  }
  return vocabularyFileSchema
    .pick({ documents: true, names: true, words: true, expansions: true })
    .parse(tally.counted());
}
