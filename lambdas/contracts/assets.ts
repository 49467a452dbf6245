import { z } from 'zod';

/** An asset is one content; its id is the SHA-256 of its bytes in lower-case hexadecimal. */
export const assetIdSchema = z.string().regex(/^[0-9a-f]{64}$/, 'an asset id is a SHA-256 in lower-case hexadecimal');

export const assetKindSchema = z.enum(['photo', 'video', 'story']);
export type AssetKind = z.infer<typeof assetKindSchema>;

/** What the index holds: a photo, a shot of a video or a passage of a story. */
export const documentKindSchema = z.enum(['photo', 'shot', 'passage']);
export type DocumentKind = z.infer<typeof documentKindSchema>;

/** `processing` is the only status that does not last: every asset ends in one of the other four. */
export const assetStatusSchema = z.enum(['processing', 'indexed', 'refused', 'failed', 'withdrawn']);
export type AssetStatus = z.infer<typeof assetStatusSchema>;

/** The words of the path, in its order. A step's folder, metrics, alarms and runbook heading carry the same word. */
export const stepSchema = z.enum(['admit', 'shots', 'describe', 'enrich', 'index']);
export type Step = z.infer<typeof stepSchema>;

/** A desk owns uploads: `incoming/<desk>/...`. */
export const deskSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a desk is named in lower-case letters, digits and hyphens');

export const s3ObjectSchema = z.object({
  bucket: z.string().min(1),
  key: z.string().min(1),
  versionId: z.string().min(1).optional(),
});
export type S3Object = z.infer<typeof s3ObjectSchema>;
