import { createHash } from 'node:crypto';
import type { ShotsModel } from '../contracts/models.ts';

/** Raised when decoding or the form of the work changes, so that what an older release left is made anew. */
const workRevision = 4;

/** What a video's intermediate work depends on beside the video. */
export interface WorkSettings {
  model: Pick<ShotsModel, 'name' | 'version' | 'limits'>;
  framesPerChunk: number;
  isCareful: boolean;
}

/** The `run` of contracts/keys.ts: the same settings always give the same name. */
export const runName = ({ model: { name, version, limits }, framesPerChunk, isCareful }: WorkSettings): string => {
  const { windowFrames, contextFrames, strideFrames } = limits;
  return createHash('sha256')
    .update(
      JSON.stringify([
        workRevision,
        name,
        version,
        windowFrames,
        contextFrames,
        strideFrames,
        framesPerChunk,
        isCareful,
      ]),
    )
    .digest('hex')
    .slice(0, 8);
};
