import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { keyframeName, shotsWorkKeys } from '../contracts/keys.ts';
import type { ChunkInput } from '../contracts/workflow.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { FrameMismatchError } from './chunk-decoding.ts';
import { fetchChunkOriginal } from './chunk-original.ts';
import { type Chunk, chunkAt, isFrameOf } from './chunk-plan.ts';
import { withFolder } from './original-file.ts';
import { storeKeyframes, type WantedKeyframe } from './store-keyframes.ts';
import {
  type FoundFile,
  foundFileSchema,
  type KeyframesFile,
  keyframesFileSchema,
  type PlanFile,
  planFileSchema,
} from './work-files.ts';

export interface ExtractKeyframesDependencies {
  originals: MediaBucket;
  derived: MediaBucket;
  tools: MediaTools;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/**
 * Makes the keyframes that lie in one chunk, and writes down last which they are, so that whoever finds it finds all.
 * @returns how many there are.
 * @throws FrameMismatchError where a frame that was there before is not there now.
 */
export async function extractKeyframes(input: ChunkInput, dependencies: ExtractKeyframesDependencies): Promise<number> {
  const { derived } = dependencies;
  const { assetId, run, chunk } = input;
  const key = shotsWorkKeys.keyframes(assetId, run, chunk);
  const earlier = await derived.findJson(key, keyframesFileSchema);
  if (earlier !== undefined) return Object.keys(earlier).length;
  const [plan, found] = await Promise.all([
    derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema),
    derived.readJson(shotsWorkKeys.found(assetId, run), foundFileSchema),
  ]);
  const wanted = keyframesInChunk(found, chunkAt(plan.plan, chunk));
  const file = wanted.length === 0 ? {} : await extract(input, { plan, found, wanted }, dependencies);
  await derived.putJson(key, keyframesFileSchema, file);
  return wanted.length;
}

/**
 * The keyframes whose best candidate lies in the chunk, each with those candidates that do: no worker reads another's
 * part of the video.
 */
export function keyframesInChunk(
  { shots }: Pick<FoundFile, 'shots'>,
  chunk: Pick<Chunk, 'firstFrame' | 'lastFrame'>,
): WantedKeyframe[] {
  const isInChunk = ({ frame }: { frame: number }) => isFrameOf(chunk, frame);
  return shots.flatMap(({ index, keyframes }) =>
    keyframes.flatMap((candidates, rank) =>
      candidates.slice(0, 1).some(isInChunk)
        ? [{ name: keyframeName(index, rank), candidates: candidates.filter(isInChunk).map(({ frame }) => frame) }]
        : [],
    ),
  );
}

async function extract(
  { assetId, chunk, original, isCareful }: ChunkInput,
  { plan: file, found, wanted }: { plan: PlanFile; found: FoundFile; wanted: readonly WantedKeyframe[] },
  { originals, derived, tools, timeoutSeconds }: ExtractKeyframesDependencies,
): Promise<KeyframesFile> {
  const { facts, plan } = file;
  const secondsOf = new Map(
    found.shots.flatMap(({ keyframes }) => keyframes.flat().map((each) => [each.frame, each.seconds])),
  );
  const stored = await withFolder(async (folder) => {
    const from = async (isWhole: boolean) => {
      const own = join(folder, isWhole ? 'whole' : 'part');
      await mkdir(own);
      const inputPath = join(own, 'original');
      await fetchChunkOriginal(originals, original, inputPath, { facts, plan, chunkIndex: chunk, isWhole });
      return storeKeyframes(tools, facts, derived, { assetId, inputPath, plan, wanted, timeoutSeconds });
    };
    if (isCareful) return from(true);
    return from(false).catch((error: unknown) => {
      if (!(error instanceof FrameMismatchError)) throw error;
      return from(true);
    });
  });
  return Object.fromEntries(
    stored.map((keyframe, at) => [
      (wanted[at] as WantedKeyframe).name,
      { ...keyframe, seconds: secondsOf.get(keyframe.frame) as number },
    ]),
  );
}
