import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys, keyframeName, shotsWorkKeys } from '../contracts/keys.ts';
import { type ShotsModel, shotsResponseSchema } from '../contracts/models.ts';
import { type Shot, type ShotsFile, shotsFileSchema } from '../contracts/shots.ts';
import type { AssembleShotsInput, ShotsResult } from '../contracts/workflow.ts';
import { lookBytes, unpackLook } from '../detection/frame-look.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { type EndedShot, TransitionTracker } from '../detection/transition-tracker.ts';
import { assemblePreview } from './assemble-preview.ts';
import { chunksAtOdds, type Seams } from './chunk-decoding.ts';
import { fetchOriginal, withFolder } from './original-file.ts';
import { middlesOf } from './stitch.ts';
import { storeKeyframes } from './store-keyframes.ts';
import { StreamClock } from './stream-clock.ts';
import { framesFileSchema, type PlanFile, planFileSchema } from './work-files.ts';

export interface AssembleShotsDependencies {
  ledger: Pick<AssetLedger, 'getInference'>;
  originals: MediaBucket;
  derived: MediaBucket;
  model: ShotsModel;
  tools: MediaTools;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/** The workflow went on although a chunk's answer is not there: it expired, or was never given. */
export class InferenceMissingError extends Error {
  override readonly name = 'InferenceMissingError';
}

/** Two chunks saw different pictures where they overlap: one of them was decoded from where it could not be. */
export class ChunksAtOddsError extends Error {
  override readonly name = 'ChunksAtOddsError';
}

/** Ninety windows take some 400 kB as JSON; a multiple of it is a fault of the endpoint. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** Puts the chunks' answers together and leaves shots.json, keyframes, thumbnails and the preview in the bucket. */
export async function assembleShots(
  input: AssembleShotsInput,
  dependencies: AssembleShotsDependencies,
): Promise<ShotsResult> {
  const { derived, originals } = dependencies;
  const { assetId, run } = input;
  const plan = await derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema);
  const { shots: found, clock } = await stitch(plan, dependencies);
  const file = await withFolder(async (folder) => {
    const { inputPath } = await fetchOriginal(originals, input.original, folder);
    return illustrate(plan, found, clock, { folder, inputPath }, dependencies);
  });
  const shotsKey = derivedKeys.shots(assetId);
  await derived.putJson(shotsKey, shotsFileSchema, file);
  return { shotsKey, shotCount: file.shots.length, frameCount: file.video.frameCount };
}

/** One chunk after the other, each held only while it is read. */
async function stitch(
  { assetId, run, facts, plan }: PlanFile,
  { derived, ledger, model }: AssembleShotsDependencies,
): Promise<{ shots: EndedShot[]; clock: StreamClock }> {
  const clock = new StreamClock(facts);
  const tracker = new TransitionTracker({
    settings: model.postprocessing,
    framesPerSecond: facts.framesPerSecond,
  });
  const shots: EndedShot[] = [];
  const seams: Seams[] = [];
  for (let chunk = 0; chunk < plan.chunks.length; chunk += 1) {
    const {
      startMicroseconds,
      endMicroseconds,
      looks,
      seams: around,
    } = await derived.readJson(shotsWorkKeys.frames(assetId, run, chunk), framesFileSchema);
    const row = await ledger.getInference({ assetId, run, chunk });
    if (!row?.isDone || !row.outputKey)
      throw new InferenceMissingError(`chunk ${chunk} of asset ${assetId} has no answer of the shots endpoint`);
    const answer = await derived.readJson(row.outputKey, shotsResponseSchema, { maxBytes: maxAnswerBytes });
    const packed = Buffer.from(looks, 'base64');
    const probabilities = middlesOf(answer, startMicroseconds.length, plan.geometry);
    clock.add(startMicroseconds, endMicroseconds);
    seams.push(around);
    probabilities.forEach((probability, frame) => {
      shots.push(...tracker.addLook(unpackLook(packed, frame * lookBytes)), ...tracker.addProbabilities(probability));
    });
  }
  const atOdds = chunksAtOdds(seams);
  if (atOdds.length > 0)
    throw new ChunksAtOddsError(
      `chunks ${atOdds.join(', ')} of asset ${assetId} show other frames than their neighbours`,
    );
  return { shots: [...shots, ...tracker.flush()], clock };
}

async function illustrate(
  file: PlanFile,
  found: readonly EndedShot[],
  clock: StreamClock,
  { folder, inputPath }: { folder: string; inputPath: string },
  { derived, model, tools, timeoutSeconds }: AssembleShotsDependencies,
): Promise<ShotsFile> {
  const { assetId, facts, plan } = file;
  const wanted = found.map(({ keyframes }, shot) =>
    keyframes.map((candidates, rank) => ({ name: keyframeName(shot, rank), candidates })),
  );
  const stored = await storeKeyframes(tools, facts, derived, {
    assetId,
    inputPath,
    plan,
    wanted: wanted.flat(),
    timeoutSeconds,
  });
  const byShot = inGroupsOf(
    wanted.map(({ length }) => length),
    stored,
  );
  const previewPath = await assemblePreview(file, { folder, inputPath }, { derived, tools, timeoutSeconds });
  const previewKey = derivedKeys.preview(assetId, 'mp4');
  await derived.putFile(previewKey, previewPath, { contentType: 'video/mp4' });
  const shots = found.map(({ startFrame, endFrame, transitionIn }, index): Shot => {
    return {
      index,
      startFrame,
      endFrame,
      startSeconds: clock.seconds(startFrame),
      endSeconds: clock.endSeconds(endFrame),
      startTimecode: clock.timecode(startFrame),
      endTimecode: clock.timecode(endFrame),
      transitionIn,
      keyframes: (byShot[index] ?? []).map((keyframe) => ({ ...keyframe, seconds: clock.seconds(keyframe.frame) })),
    };
  });
  return {
    assetId,
    model,
    video: {
      frameCount: clock.frameCount,
      durationSeconds: clock.endSeconds(clock.frameCount - 1),
      framesPerSecond: facts.framesPerSecond,
      width: facts.width,
      height: facts.height,
      codec: facts.codec,
      container: facts.container,
      ...(facts.createdAt === undefined ? {} : { createdAt: facts.createdAt }),
    },
    previewKey,
    shots,
  };
}

/** Deals a list out again into groups of these sizes. */
function inGroupsOf<Item>(sizes: readonly number[], items: readonly Item[]): Item[][] {
  let taken = 0;
  return sizes.map((size) => {
    taken += size;
    return items.slice(taken - size, taken);
  });
}
