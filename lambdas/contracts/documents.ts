import { z } from 'zod';
import { assetIdSchema, assetKindSchema, deskSchema, documentKindSchema } from './assets.ts';
import { entityLabelSchema } from './models.ts';
import { holdSchema } from './release.ts';

/** Where the words of a description come from; human words always win over generated ones. */
export const provenanceSchema = z.enum(['embedded', 'ninjs', 'shotlist', 'text', 'generated', 'none']);

export const rightsSchema = z.object({
  creator: z.string().optional(),
  credit: z.string().optional(),
  copyright: z.string().optional(),
  usageTerms: z.string().optional(),
  ...holdSchema.shape,
});

export const namedEntitySchema = z.object({
  text: z.string(),
  label: entityLabelSchema,
  /** Lower-cased, accent-folded name: what filters and boosts compare. */
  key: z.string(),
});

/** One description, before it is enriched. Texts are plain text: markup was taken out or is shown as it stands. */
export const descriptionSchema = z.object({
  documentId: z.string(),
  assetId: assetIdSchema,
  kind: documentKindSchema,
  assetKind: assetKindSchema,
  ordinal: z.number().int().nonnegative(),
  desk: deskSchema,
  title: z.string(),
  /** What the model reads and the index searches: caption, shotlist line or passage. May be empty: still indexed. */
  text: z.string(),
  /** What surrounds the text: a video's headline and summary for a shot, a story's headline for a passage. */
  context: z.string(),
  keywords: z.array(z.string()),
  place: z.string().optional(),
  people: z.array(z.string()),
  /** When the thing was made or published, not when it arrived. */
  createdAt: z.iso.datetime({ offset: true }).optional(),
  arrivedAt: z.iso.datetime({ offset: true }),
  provenance: provenanceSchema,
  generatedBy: z.object({ model: z.string(), promptVersion: z.string() }).optional(),
  digitalSourceType: z.string().optional(),
  rights: rightsSchema,
  shot: z
    .object({
      index: z.number().int().nonnegative(),
      startFrame: z.number().int().nonnegative(),
      endFrame: z.number().int().nonnegative(),
      startSeconds: z.number().nonnegative(),
      endSeconds: z.number().nonnegative(),
      startTimecode: z.string(),
      endTimecode: z.string(),
    })
    .optional(),
  thumbnailKey: z.string().optional(),
  /** Of the photo or the shot's keyframe: 64 bits as 16 hexadecimal digits. Pictures a few bits apart are the same one. */
  perceptualHash: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  /** One run on a live feed, all of whose shots are assets of their own. */
  liveSession: z.string().optional(),
  story: z.object({ uri: z.string(), version: z.string() }).optional(),
});
export type Description = z.infer<typeof descriptionSchema>;
export const descriptionsFileSchema = z.object({
  assetId: assetIdSchema,
  attempt: z.number().int().positive(),
  descriptions: z.array(descriptionSchema).min(1),
});

/** How long the collection may take to show a write. AWS says "near real time"; 60 s is the longest seen. */
export const visibilityMilliseconds = 60_000;

/** What the index holds. */
export const documentSchema = descriptionSchema.extend({
  attempt: z.number().int().positive(),
  entities: z.array(namedEntitySchema),
  vector: z.array(z.number()),
  models: z.object({
    embed: z.object({ name: z.string(), version: z.string() }),
    entities: z.object({ name: z.string(), version: z.string() }),
  }),
});
export type WirescopeDocument = z.infer<typeof documentSchema>;
export const documentsFileSchema = z.object({
  assetId: assetIdSchema,
  attempt: z.number().int().positive(),
  documents: z.array(documentSchema).min(1),
});

/**
 * The index's field mapping, written once: lib creates the index with it, the search and index steps read its names.
 * Types as in https://docs.opensearch.org/latest/field-types/.
 */
export const indexedFields = {
  documentId: 'keyword',
  assetId: 'keyword',
  kind: 'keyword',
  assetKind: 'keyword',
  desk: 'keyword',
  title: 'text',
  text: 'text',
  context: 'text',
  keywords: 'text',
  place: 'text',
  people: 'text',
  /** Names of entities as text, for BM25. */
  entityNames: 'text',
  /** All words folded as names are, but not stemmed: for phrases, and for words that are typed without accents. */
  exact: 'exact',
  /** `LABEL:key` of each entity, for filters and boosts. */
  entityKeys: 'keyword',
  createdAt: 'date',
  arrivedAt: 'date',
  indexedAt: 'date',
  embargoUntil: 'date',
  withheld: 'boolean',
  provenance: 'keyword',
  attempt: 'integer',
  storyUri: 'keyword',
  vector: 'knn_vector',
  /** The whole document for display, as JSON in one string: it is stored apart from what is indexed. */
  display: 'stored',
} as const;
export type IndexedField = keyof typeof indexedFields;

/** How long the collection may take to show a write. AWS says "near real time"; 60 s is the longest seen. */
export const indexDelayMilliseconds = 60_000;
