import { z } from 'zod';
import { assetIdSchema, assetKindSchema, deskSchema, documentKindSchema } from './assets.ts';
import { namedEntitySchema, provenanceSchema, rightsSchema } from './documents.ts';
import { shotSchema } from './shots.ts';

/** GET /search. Query strings arrive as strings, hence the coercion. */
const instant = z.iso.datetime({ offset: true });
export const daySchema = z.iso.date();

/** More of a filter than anybody ticks by hand; a link that carries more is refused. */
export const maxListed = 20;

const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .union([z.array(z.string()), z.string()])
    .transform((value) => (Array.isArray(value) ? value : value.split(',')).map((part) => part.trim()).filter(Boolean))
    .pipe(z.array(item).max(maxListed, `a list has at most ${maxListed} values`));

/** What can be turned off by name, for a reader who was misread and for comparisons. */
export const searchSwitchSchema = z.enum([
  'entities',
  'dictionary',
  'aliases',
  'spelling',
  'phrases',
  'exclusions',
  'types',
  'dates',
  'vector',
  'lexical',
  'rerank',
  'fold',
  'cutoff',
]);
export type SearchSwitch = z.infer<typeof searchSwitchSchema>;

/**
 * `convex`: weighted sum of both normalised scores, weighed per query. For comparison: `even`, the same with one share
 * for all queries, and `rrf`, reciprocal rank fusion.
 */
export const fusionSchema = z.enum(['convex', 'even', 'rrf']);
export type Fusion = z.infer<typeof fusionSchema>;

export const maxQueryCharacters = 512;

export const entityFilterSchema = z
  .string()
  .max(200, 'an entity filter has at most 200 characters')
  .regex(/^(PER|ORG|LOC|MISC):.+/, 'an entity filter is LABEL:name');
export const documentIdSchema = z.string().min(1).max(200, 'a document id has at most 200 characters');
export const chipIdSchema = z.string().max(200, 'a chip’s id has at most 200 characters');

export const searchQuerySchema = z.object({
  q: z.string().max(maxQueryCharacters, `a query has at most ${maxQueryCharacters} characters`).default(''),
  /** Instead of `q`: what is near this document (photo, shot or passage) by its vector. */
  similar: documentIdSchema.optional(),
  type: listOf(assetKindSchema).optional(),
  desk: listOf(deskSchema).optional(),
  /** First and last day, inclusive, of the date the thing was made. */
  from: daySchema.optional(),
  to: daySchema.optional(),
  /** `LABEL:key`; several must all be there. A name counts under whichever label, for models differ in them. */
  entity: listOf(entityFilterSchema).optional(),
  /** Stages and kinds of reading that are to be left out. */
  off: listOf(searchSwitchSchema).optional(),
  /** Ids of chips, as `understanding.chips` names them, that are to be taken for plain words. */
  ignore: listOf(chipIdSchema).optional(),
  fusion: fusionSchema.default('convex'),
  /** `nextCursor` of the answer before; stands for `page` and belongs to one query. */
  cursor: z.string().max(200, 'a cursor has at most 200 characters').optional(),
  page: z.coerce.number().int().min(1).max(50).default(1),
  size: z.coerce.number().int().min(1).max(50).default(20),
});
export type SearchQuery = z.infer<typeof searchQuerySchema>;

/** One thing that was read out of the typed words; adding `remove` to the request takes it back. */
export const queryChipSchema = z.object({
  /** Stays the same from request to request; holds no comma. */
  id: z.string(),
  kind: z.enum(['type', 'date', 'phrase', 'exclusion', 'entity', 'alias', 'spelling']),
  /** The piece of the query as it was typed. */
  typed: z.string(),
  /** What it was taken for, in words. */
  became: z.string(),
  /** Add this value to the list of this request parameter. */
  remove: z.object({ parameter: z.enum(['ignore', 'off']), value: z.string() }),
});
export type QueryChip = z.infer<typeof queryChipSchema>;

export const queryEntitySchema = namedEntitySchema.extend({
  /** Whether the model found it, or the archive's own names did, or another name for it. */
  source: z.enum(['model', 'dictionary', 'alias']),
});
export type QueryEntity = z.infer<typeof queryEntitySchema>;

export const understandingSchema = z.object({
  chips: z.array(queryChipSchema),
  entities: z.array(queryEntitySchema),
  /** What each retriever was asked. */
  lexicalText: z.string(),
  vectorText: z.string(),
  /** Words that must follow one another, and words that must not occur. */
  phrases: z.array(z.string()),
  exclusions: z.array(z.string()),
  /** Filters that were read out of the query, joined with those of the request. */
  filters: z.object({
    type: z.array(assetKindSchema).optional(),
    from: daySchema.optional(),
    to: daySchema.optional(),
  }),
});

export const weightsSchema = z.object({
  fusion: fusionSchema,
  /** Shares of the fused score, together 1; both 0 where nothing is ranked by relevance. */
  lexical: z.number(),
  vector: z.number(),
  /** What moved the share of words, strongest first, in words. */
  reasons: z.array(z.string()),
});

/**
 * How a hit came to its place. Ranks start at 1 and are null where a stage did not rank it; `lexicalRank` and
 * `vectorRank` are those of each retriever's own list, while both scores are there for every candidate.
 */
export const explanationSchema = z.object({
  lexicalRank: z.number().int().nullable(),
  /** BM25; null where no word of the query is in it. */
  lexicalScore: z.number().nullable(),
  vectorRank: z.number().int().nullable(),
  /** Cosine of query and document in [-1, 1]; null where the query has no vector. */
  vectorScore: z.number().nullable(),
  /** In [0, 1]. */
  fusedScore: z.number(),
  fusedRank: z.number().int(),
  /** The reranker's own score, whose scale is the model's. */
  rerankScore: z.number().nullable(),
  /** Place by the reranker's score alone, among those it read. */
  rerankRank: z.number().int().nullable(),
  /** Place after every stage, among documents. */
  finalRank: z.number().int(),
  /** Words of the document that the query matched, by field, as they are written there. */
  words: z.partialRecord(
    z.enum(['title', 'text', 'context', 'keywords', 'place', 'people', 'entityNames']),
    z.array(z.string()),
  ),
  /** The document's names that the query asks for. */
  matchedEntities: z.array(z.string()),
  /** Words of the query that the document does not bear out; empty where the reranker could not tell. */
  missing: z.array(z.string()),
});

export const matchSchema = z.object({
  documentId: z.string(),
  /** The hit's own, but for further shots of the same run on a live feed. */
  assetId: assetIdSchema,
  kind: documentKindSchema,
  text: z.string(),
  provenance: provenanceSchema,
  entities: z.array(namedEntitySchema),
  shot: shotSchema
    .pick({
      index: true,
      startFrame: true,
      endFrame: true,
      startSeconds: true,
      endSeconds: true,
      startTimecode: true,
      endTimecode: true,
    })
    .optional(),
  thumbnailUrl: z.string().optional(),
  /** The video's small rendition, in which a shot can be looked at where it is listed. */
  previewUrl: z.string().optional(),
  score: z.number(),
  explanation: explanationSchema,
});
export type Match = z.infer<typeof matchSchema>;

export const hitSchema = z.object({
  assetId: assetIdSchema,
  assetKind: assetKindSchema,
  title: z.string(),
  desk: deskSchema,
  createdAt: instant.optional(),
  arrivedAt: instant,
  place: z.string().optional(),
  rights: rightsSchema,
  thumbnailUrl: z.string().optional(),
  score: z.number(),
  /** Estimated probability that this answers the query; null where nothing was asked. */
  confidence: z.number().nullable(),
  /** The asset's best documents, best first: at most five shots or passages. */
  matches: z.array(matchSchema).min(1),
  matchCount: z.number().int().positive(),
  /** Other assets with the same content, which this hit stands for. `count` may exceed the ids that are listed. */
  folded: z.object({ count: z.number().int().nonnegative(), assetIds: z.array(assetIdSchema) }),
});
export type Hit = z.infer<typeof hitSchema>;

export const searchResponseSchema = z.object({
  query: z.object({
    text: z.string(),
    understanding: understandingSchema,
    weights: weightsSchema,
    /** `name version` of the models that took part, by endpoint. */
    models: z.partialRecord(z.enum(['embed', 'entities', 'rerank']), z.string()),
    /** The embedding model that took part although weights and line were fitted for another: they are guesses for it. */
    notFittedFor: z.string().optional(),
  }),
  page: z.number().int(),
  size: z.number().int(),
  /** There while there is a further page. */
  nextCursor: z.string().optional(),
  /** Hits above the line; `isTotalExact` says whether more may lie beyond the candidates. */
  total: z.number().int(),
  isTotalExact: z.boolean(),
  /** Best `total` hits of so many assets and documents under the filters; null where they could not be counted. */
  underFilters: z.object({ assets: z.number().int(), documents: z.number().int() }).nullable(),
  /** Documents that were ranked. */
  candidates: z.number().int(),
  hits: z.array(hitSchema),
  /** Below the line and so no answer, best first; on the first page only. */
  nearMisses: z.array(hitSchema),
  /**
   * The least `confidence` of a hit; null where nothing was cut. Where no hit is sure enough for an answer at all, all of
   * them are near misses, those above this line as well.
   */
  line: z.number().nullable(),
  /**
   * How many of the hits, from the first on, it takes to have all that would be an answer alone: those after them are
   * there only beside surer ones. Equals `total` where nothing was cut.
   */
  sureTotal: z.number().int().nonnegative(),
  facets: z.object({
    types: z.record(z.string(), z.number()),
    desks: z.record(z.string(), z.number()),
    entities: z.array(namedEntitySchema.extend({ count: z.number().int() })),
  }),
  /** How fresh the answer is: the newest arrival under the filters, and how long a write may stay unseen at most. */
  indexFreshness: z.object({ newestArrivedAt: instant.nullable(), visibleWithinSeconds: z.number() }),
  /** Parts that did not answer in time, in words; empty when all did. */
  degraded: z.array(z.object({ part: z.string(), reason: z.string() })),
  tookMilliseconds: z.record(z.string(), z.number()),
});
export type SearchResponse = z.infer<typeof searchResponseSchema>;
