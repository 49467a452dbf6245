import { isDeepStrictEqual } from 'node:util';
import { ZodError } from 'zod';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { ShotsModel } from '../contracts/models.ts';
import { type ShotsFile, shotsFileSchema } from '../contracts/shots.ts';

/** The shots that an earlier run found by the same model and post-processing; those of another are made anew. */
export async function earlierShots(
  derived: Pick<MediaBucket, 'findJson'>,
  assetId: string,
  model: ShotsModel,
): Promise<ShotsFile | undefined> {
  try {
    const earlier = await derived.findJson(derivedKeys.shots(assetId), shotsFileSchema);
    return earlier !== undefined && isDeepStrictEqual(earlier.model, model) ? earlier : undefined;
  } catch (error) {
    // What an earlier release left in another form.
    if (error instanceof ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
