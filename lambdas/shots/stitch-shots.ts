import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { shotsWorkKeys } from '../contracts/keys.ts';
import { type ShotsModel, shotsResponseSchema } from '../contracts/models.ts';
import type { StitchShotsInput } from '../contracts/workflow.ts';
import { lookBytes, unpackLook } from '../detection/frame-look.ts';
import { type EndedShot, TransitionTracker } from '../detection/transition-tracker.ts';
import { chunksAtOdds, type Seams } from './chunk-decoding.ts';
import { middlesOf } from './stitch.ts';
import { StreamClock } from './stream-clock.ts';
import { type FoundFile, foundFileSchema, framesFileSchema, type PlanFile, planFileSchema } from './work-files.ts';

export interface StitchShotsDependencies {
  ledger: Pick<AssetLedger, 'getInference'>;
  derived: MediaBucket;
  model: ShotsModel;
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

/**
 * Lays the chunks' answers end to end, finds the shots, and leaves them in the bucket. @returns how many there are.
 * @throws InferenceMissingError, ChunksAtOddsError.
 */
export async function stitchShots(input: StitchShotsInput, dependencies: StitchShotsDependencies): Promise<number> {
  const { assetId, run } = input;
  const { derived } = dependencies;
  const plan = await derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema);
  const { shots, clock } = await stitch(plan, dependencies);
  await derived.putJson(shotsWorkKeys.found(assetId, run), foundFileSchema, {
    frameCount: clock.frameCount,
    durationSeconds: clock.endSeconds(clock.frameCount - 1),
    shots: shots.map((shot, index) => placed(shot, index, clock)),
  });
  return shots.length;
}

/** One chunk after the other, each held only while it is read. */
async function stitch(
  { assetId, run, facts, plan }: PlanFile,
  { derived, ledger, model }: StitchShotsDependencies,
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

/** A shot with its place in time. */
function placed(
  { startFrame, endFrame, transitionIn, keyframes }: EndedShot,
  index: number,
  clock: StreamClock,
): FoundFile['shots'][number] {
  return {
    index,
    startFrame,
    endFrame,
    startSeconds: clock.seconds(startFrame),
    endSeconds: clock.endSeconds(endFrame),
    startTimecode: clock.timecode(startFrame),
    endTimecode: clock.timecode(endFrame),
    transitionIn,
    keyframes: keyframes.map((candidates) => candidates.map((frame) => ({ frame, seconds: clock.seconds(frame) }))),
  };
}
