import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys, keyframeName, shotsWorkKeys } from '../contracts/keys.ts';
import type { ShotsModel } from '../contracts/models.ts';
import { type Keyframe, type Shot, shotsFileSchema } from '../contracts/shots.ts';
import type { AssembleShotsInput, ShotsResult } from '../contracts/workflow.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { assemblePreview } from './assemble-preview.ts';
import { fetchOriginal, withFolder } from './original-file.ts';
import {
  type FoundFile,
  foundFileSchema,
  type KeyframesFile,
  keyframesFileSchema,
  type PlanFile,
  planFileSchema,
} from './work-files.ts';

export interface AssembleShotsDependencies {
  originals: MediaBucket;
  derived: MediaBucket;
  model: ShotsModel;
  tools: MediaTools;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/** The workflow went on although a keyframe was not made: what a chunk left of them expired. */
export class KeyframeMissingError extends Error {
  override readonly name = 'KeyframeMissingError';
}

/** Joins the preview, and writes down last, as shots.json, the shots with their keyframes. @throws KeyframeMissingError. */
export async function assembleShots(
  input: AssembleShotsInput,
  dependencies: AssembleShotsDependencies,
): Promise<ShotsResult> {
  const { derived, model } = dependencies;
  const { assetId, run } = input;
  const file = await derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema);
  const found = await derived.readJson(shotsWorkKeys.found(assetId, run), foundFileSchema);
  const shots = illustrated(found, await readKeyframes(file, derived), assetId);
  const previewKey = await storePreview(input, file, dependencies);
  const { facts } = file;
  const shotsKey = derivedKeys.shots(assetId);
  await derived.putJson(shotsKey, shotsFileSchema, {
    assetId,
    model,
    video: {
      frameCount: found.frameCount,
      durationSeconds: found.durationSeconds,
      framesPerSecond: facts.framesPerSecond,
      width: facts.width,
      height: facts.height,
      codec: facts.codec,
      container: facts.container,
      ...(facts.createdAt === undefined ? {} : { createdAt: facts.createdAt }),
    },
    previewKey,
    shots,
  });
  return { shotsKey, shotCount: shots.length, frameCount: found.frameCount };
}

/** All chunks' keyframes. */
async function readKeyframes({ assetId, run, plan }: PlanFile, derived: MediaBucket): Promise<KeyframesFile> {
  const all: KeyframesFile = {};
  for (let chunk = 0; chunk < plan.chunks.length; chunk += 1)
    Object.assign(all, await derived.readJson(shotsWorkKeys.keyframes(assetId, run, chunk), keyframesFileSchema));
  return all;
}

function illustrated({ shots }: FoundFile, stored: KeyframesFile, assetId: string): Shot[] {
  return shots.map((shot) => ({
    ...shot,
    keyframes: shot.keyframes.map((_, rank): Keyframe => {
      const name = keyframeName(shot.index, rank);
      const keyframe = stored[name];
      if (keyframe === undefined) throw new KeyframeMissingError(`keyframe ${name} of asset ${assetId} was not made`);
      return keyframe;
    }),
  }));
}

/** @returns its key. */
async function storePreview(
  { assetId, original }: AssembleShotsInput,
  file: PlanFile,
  { originals, derived, tools, timeoutSeconds }: AssembleShotsDependencies,
): Promise<string> {
  const previewKey = derivedKeys.preview(assetId, 'mp4');
  await withFolder(async (folder) => {
    const { inputPath } = await fetchOriginal(originals, original, folder);
    const previewPath = await assemblePreview(file, { folder, inputPath }, { derived, tools, timeoutSeconds });
    await derived.putFile(previewKey, previewPath, { contentType: 'video/mp4' });
  });
  return previewKey;
}
