import { z } from 'zod';
import { entityLabelSchema } from '../../contracts/models.ts';

const count = z.number().int().nonnegative();

/**
 * What the archive holds, as one object: its names, its words and its abbreviations, each with the number of documents.
 * Rows, not objects: the file is read by every Lambda that starts.
 */
export const vocabularyFileSchema = z.object({
  version: z.literal(1),
  /** Everything that was visible in the index before this moment is counted, and nothing after it. */
  upTo: z.iso.datetime(),
  /** When it was last counted from nothing, which forgets what has been withdrawn since. */
  countedAfreshAt: z.iso.datetime(),
  documents: count,
  /** Name as it is mostly written, its key in the index, its label, documents. */
  names: z.array(z.tuple([z.string(), z.string(), entityLabelSchema, count])),
  /** Folded word, documents, documents that write it in lower case. */
  words: z.array(z.tuple([z.string(), count, count])),
  /** Abbreviation and what it stands for, as a text explained it, by their keys; documents. */
  expansions: z.array(z.tuple([z.string(), z.string(), count])),
});
export type VocabularyFile = z.infer<typeof vocabularyFileSchema>;

/** A count from nothing that was not finished in one run. */
export const unfinishedCountSchema = vocabularyFileSchema.extend({ afterDocumentId: z.string() });
export type UnfinishedCount = z.infer<typeof unfinishedCountSchema>;

/** Rows that are kept, the most frequent first: some 10 MiB of JSON, and a second of a core to load. */
export const maxNames = 200_000;
export const maxWords = 100_000;
export const maxExpansions = 20_000;

export const emptyVocabularyFile = (upTo: Date): VocabularyFile => ({
  version: 1,
  upTo: upTo.toISOString(),
  countedAfreshAt: upTo.toISOString(),
  documents: 0,
  names: [],
  words: [],
  expansions: [],
});
