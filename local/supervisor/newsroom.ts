import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { assetKindSchema } from '../../lambdas/contracts/assets.ts';
import { places, root } from '../../setup/places.ts';
import { StartError } from './children.ts';

/** The sample newsroom's list of uploads, in their order, with what must become of each. */
const sampleSchema = z.object({
  key: z.string(),
  expect: z.enum(['indexed', 'refused', 'duplicate', 'sidecar', 'replaced', 'withdrawn']),
  reason: z.string().optional(),
  type: assetKindSchema.optional(),
});
export type Sample = z.infer<typeof sampleSchema>;

export function readSamples(): Sample[] {
  const manifest = JSON.parse(readFileSync(path.join(root, 'local/samples/manifest.json'), 'utf8')) as unknown;
  const samples = z
    .array(sampleSchema)
    .parse(Array.isArray(manifest) ? manifest : (manifest as { uploads: unknown }).uploads);
  const missing = samples.filter((sample) => !existsSync(sampleFile(sample)));
  if (missing.length > 0)
    throw new StartError(`the sample ${missing[0]?.key} is not in ${places.samples}: run \`npm run setup\` again.`);
  return samples;
}

export const sampleFile = (sample: Sample): string => path.join(places.samples, sample.key);

/** Drops the samples into the originals bucket one after the other, as a desk would. */
export async function uploadSamples(s3: S3Client, bucket: string, samples: readonly Sample[]): Promise<void> {
  for (const sample of samples) {
    const file = sampleFile(sample);
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: sample.key,
        Body: createReadStream(file),
        ContentLength: statSync(file).size,
      }),
    );
  }
}
