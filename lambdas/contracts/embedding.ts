import { z } from 'zod';

/** The index of a model's vectors: those of different models cannot be compared, so each version has one of its own. */
export const vectorIndexName = ({ name, version }: { name: string; version: string }): string =>
  `documents-${name}-${version.replaceAll('.', '-')}`;

/** One version of the embedding model that is deployed: its identity, its index and the endpoint that serves it. */
export const embedVersionSchema = z.object({
  name: z.string(),
  version: z.string(),
  indexName: z.string(),
  endpointName: z.string(),
});
export type EmbedVersion = z.infer<typeof embedVersionSchema>;
/** The one of `models.embed` first, that of `models.embedNext` second. */
export const embedVersionsSchema = z.array(embedVersionSchema).min(1).max(2);

const instant = z.iso.datetime({ offset: true });

/** A walk over the archive that writes what one of the versions lacks. */
export const embeddingPassSchema = z.object({
  startedAt: instant,
  /** The document id that the walk has come to. */
  after: z.string().optional(),
  assets: z.number().int().nonnegative(),
  /** Documents that were not there yet, and were written. */
  written: z.number().int().nonnegative(),
  /** Assets that could not be done; the next walk tries them again. */
  failed: z.number().int().nonnegative(),
});
export type EmbeddingPass = z.infer<typeof embeddingPassSchema>;

export const endedPassSchema = embeddingPassSchema.omit({ after: true }).extend({ endedAt: instant });
export type EndedPass = z.infer<typeof endedPassSchema>;

/** Which version of the vectors readers are answered from, and which is kept as full beside it. */
export const embeddingStateSchema = z.object({
  /** Grows by one with every change of `current` or `other`: a change names the one it was decided on. */
  revision: z.number().int().nonnegative(),
  /** The index whose rows in the ledger carry no index name: the first that there was. */
  origin: z.string(),
  current: z.string(),
  /** Also written to: the next version before the switch, the previous one after it. */
  other: z.string().optional(),
  changedAt: instant.optional(),
});
export type EmbeddingState = z.infer<typeof embeddingStateSchema>;

export const embeddingKeys = {
  state: { pk: 'EMBEDDING', sk: 'STATE' },
  pass: { pk: 'EMBEDDING', sk: 'PASS' },
} as const;

/** The walk under way, and the last one that came to its end, of the state's `revision`. */
export const embeddingProgressSchema = z.object({
  revision: z.number().int().nonnegative(),
  current: embeddingPassSchema.optional(),
  last: endedPassSchema.optional(),
  /** Of the current index's documents, the share that the other holds, as the last walk saw it. */
  coverage: z.number().min(0).max(1).optional(),
});
export type EmbeddingProgress = z.infer<typeof embeddingProgressSchema>;
