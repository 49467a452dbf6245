import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ZodError } from 'zod';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { ShotsModel } from '../contracts/models.ts';
import { type Shot, type ShotsFile, shotsFileSchema } from '../contracts/shots.ts';
import { formatTimecode, frameAtSeconds, parseTimecode, timecodeRate } from '../contracts/timecode.ts';
import type { ShotsResult, WorkflowInput } from '../contracts/workflow.ts';
import type { TransitionProbability } from '../detection/cuts.ts';
import { detectTransitions } from '../detection/detect-transitions.ts';
import { type FrameLook, FrameObserver } from '../detection/frame-look.ts';
import { lastComplaint, MediaToolFailedError, type MediaTools } from '../detection/media-tool.ts';
import { transitionProbabilities } from '../detection/transition-probabilities.ts';
import { windowsOf } from '../detection/windows.ts';
import { RefusedError } from '../runtime/errors.ts';
import { assertComplete } from './completeness.ts';
import { decodeVideo, type FrameTime } from './decode.ts';
import { storeKeyframes } from './extract-keyframes.ts';
import { probeVideo, type VideoFacts } from './probe.ts';

export interface ShotsDependencies {
  originals: MediaBucket;
  derived: MediaBucket;
  endpoint: Pick<ModelEndpoint, 'invokeJson'>;
  model: ShotsModel;
  tools: MediaTools;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/** A single PUT's limit in S3, and what the page lets anybody upload. */
const maxVideoBytes = 5 * 1024 ** 3;

/**
 * Finds a video's shots and leaves shots.json, keyframes, thumbnails and a preview in the derived bucket.
 * Where shots.json of the same model is already there, it answers from it.
 * @throws RefusedError for a video that cannot be read whole; RetryableError where the endpoint does not answer.
 */
export async function detectShots(input: WorkflowInput, dependencies: ShotsDependencies): Promise<ShotsResult> {
  const { derived, model } = dependencies;
  const shotsKey = derivedKeys.shots(input.assetId);
  const earlier = await findEarlier(derived, shotsKey);
  if (earlier !== undefined && isDeepStrictEqual(earlier.model, model)) return resultOf(shotsKey, earlier);
  const folder = await mkdtemp(join(tmpdir(), 'wirescope-shots-'));
  try {
    const file = await analyse(input, dependencies, folder);
    await derived.putJson(shotsKey, shotsFileSchema, file);
    return resultOf(shotsKey, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an earlier release left in another form is made anew. */
async function findEarlier(derived: MediaBucket, shotsKey: string): Promise<ShotsFile | undefined> {
  try {
    return await derived.findJson(shotsKey, shotsFileSchema);
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const resultOf = (shotsKey: string, file: ShotsFile): ShotsResult => ({
  shotsKey,
  shotCount: file.shots.length,
  frameCount: file.video.frameCount,
});

async function analyse(input: WorkflowInput, dependencies: ShotsDependencies, folder: string): Promise<ShotsFile> {
  const { originals, derived, tools, model, timeoutSeconds } = dependencies;
  const inputPath = join(folder, 'original');
  const previewPath = join(folder, 'preview.mp4');
  await originals.download(input.original, inputPath, { maxBytes: maxVideoBytes });
  const facts = await probeVideo(tools, inputPath);
  const { probabilities, looks, times } = await readFrames(dependencies, facts, { inputPath, previewPath });
  const found = detectTransitions(
    looks.map((look, frame) => ({ look, ...(probabilities[frame] as TransitionProbability) })),
    { settings: model.postprocessing, framesPerSecond: facts.framesPerSecond },
  );
  const frames = found.map(({ keyframes }) => keyframes[0]?.[0] as number);
  const stored = await storeKeyframes(tools, facts, derived, {
    assetId: input.assetId,
    inputPath,
    frames,
    timeoutSeconds,
  });
  const previewKey = derivedKeys.preview(input.assetId, 'mp4');
  await derived.putFile(previewKey, previewPath, { contentType: 'video/mp4' });
  const clock = clockOf(facts, times);
  const shots = found.map(({ startFrame, endFrame, transitionIn }, index): Shot => {
    const frame = frames[index] as number;
    return {
      index,
      startFrame,
      endFrame,
      startSeconds: clock.seconds(startFrame),
      endSeconds: clock.endSeconds(endFrame),
      startTimecode: clock.timecode(startFrame),
      endTimecode: clock.timecode(endFrame),
      transitionIn,
      keyframes: [{ frame, seconds: clock.seconds(frame), ...(stored[index] as (typeof stored)[number]) }],
    };
  });
  return {
    assetId: input.assetId,
    model,
    video: {
      frameCount: times.length,
      durationSeconds: clock.endSeconds(times.length - 1),
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

interface ReadFrames {
  /** One entry a frame in each. */
  probabilities: TransitionProbability[];
  looks: FrameLook[];
  times: FrameTime[];
}

/** Decodes, looks at and sends on every frame in one pass; holds a few requests' windows and three numbers a frame. */
async function readFrames(
  { tools, endpoint, timeoutSeconds }: ShotsDependencies,
  facts: VideoFacts,
  paths: { inputPath: string; previewPath: string },
): Promise<ReadFrames> {
  const decoding = decodeVideo(tools, facts, { ...paths, timeoutSeconds });
  const observer = new FrameObserver();
  const looks: FrameLook[] = [];
  const probabilities: TransitionProbability[] = [];
  async function* observed() {
    for await (const frame of decoding.frames) {
      looks.push(observer.look(frame));
      yield frame;
    }
  }
  try {
    for await (const batch of transitionProbabilities(endpoint, windowsOf(observed()))) probabilities.push(...batch);
    const { times, exitCode, complaint } = await decoding.finish();
    const first = times[0];
    const last = times.at(-1);
    if (first === undefined || last === undefined || looks.length === 0)
      throw new RefusedError(
        `No picture of the video could be decoded (${lastComplaint(complaint)}). Export it again.`,
      );
    assertComplete(last.endSeconds - first.startSeconds, facts.promisedSeconds);
    if (exitCode !== 0)
      throw new MediaToolFailedError(`the decoder gave up (${exitCode}): ${lastComplaint(complaint)}`);
    if (times.length !== looks.length)
      throw new MediaToolFailedError(`${looks.length} frames came with ${times.length} timestamps`);
    return { probabilities: probabilities.slice(0, looks.length), looks, times };
  } finally {
    decoding.kill();
  }
}

/**
 * Seconds count from the file's start, as the player does; timecodes count from the first frame, or from the
 * stream's own start timecode where it has one.
 */
function clockOf(facts: VideoFacts, times: readonly FrameTime[]) {
  const own = facts.startTimecode;
  const rate = timecodeRate(facts.framesPerSecond, own === undefined ? {} : { isDropFrame: own.includes(';') });
  const firstFrame = own === undefined ? 0 : (parseTimecode(own, rate) ?? 0);
  const at = (frame: number): FrameTime => times[frame] ?? { startSeconds: 0, endSeconds: 0 };
  const origin = at(0).startSeconds;
  return {
    seconds: (frame: number) => Math.max(0, at(frame).startSeconds),
    /** A shot lasts until the next frame is shown, whatever a frame says of its own duration. */
    endSeconds: (frame: number) => Math.max(0, times[frame + 1]?.startSeconds ?? at(frame).endSeconds),
    timecode: (frame: number) =>
      formatTimecode(firstFrame + frameAtSeconds(at(frame).startSeconds - origin, rate), rate),
  };
}
