import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** How an upload is made of a package's file; without one the file is uploaded byte for byte. */
const makingSchema = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('photo'),
    format: z.enum(['jpeg', 'png', 'webp', 'tiff']),
    /** A file of embedded/, written into the photo as XMP. */
    xmp: z.string().optional(),
  }),
  /** Arguments between ffmpeg's input and its output. */
  z.object({ by: z.literal('ffmpeg'), arguments: z.array(z.string()) }),
  /** Only the first part of the file, as when a transfer breaks off. */
  z.object({ by: z.literal('truncation'), keepBytes: z.number().int().positive() }),
]);
export type Making = z.infer<typeof makingSchema>;

const mediumSchema = z.object({
  key: z.string().startsWith('incoming/'),
  package: z.string(),
  /** Path inside the wheel. */
  member: z.string(),
  sha256,
  make: makingSchema.optional(),
});

/** A faulty upload that no package holds. */
const writtenSchema = z.object({ key: z.string().startsWith('incoming/'), base64: z.base64() });

export const sourcesSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string() })),
  media: z.array(mediumSchema),
  written: z.array(writtenSchema),
  copies: z.array(z.object({ key: z.string().startsWith('incoming/'), of: z.string() })),
});
export type Sources = z.infer<typeof sourcesSchema>;
export type Medium = z.infer<typeof mediumSchema>;
