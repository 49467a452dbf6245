import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { shotsWorkKeys } from '../contracts/keys.ts';
import type { ChunkInput } from '../contracts/workflow.ts';
import { FrameObserver, lookBytes, packLook } from '../detection/frame-look.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { windowsOfChunk } from '../detection/windows.ts';
import { type DecodeFrom, decodeChunkFrames, decodeFrom, FrameMismatchError } from './chunk-decoding.ts';
import { fetchChunkOriginal } from './chunk-original.ts';
import { chunkAt } from './chunk-plan.ts';
import { withFolder } from './original-file.ts';
import { windowRequest } from './window-request.ts';
import { type FramesFile, framesFileSchema, type PlanFile, planFileSchema } from './work-files.ts';

export interface DecodeChunkDependencies {
  originals: MediaBucket;
  derived: MediaBucket;
  tools: MediaTools;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/**
 * Decodes one chunk: its windows become a request in the bucket, and what assembling needs of its frames a file beside
 * it. `frames.json` is written last, so that whoever finds it finds all.
 * @returns how many frames are the chunk's own.
 * @throws FrameMismatchError where the video has other frames than were planned, wherever decoding begins.
 */
export async function decodeChunk(input: ChunkInput, dependencies: DecodeChunkDependencies): Promise<number> {
  const { derived } = dependencies;
  const { assetId, run, chunk, isCareful } = input;
  const framesKey = shotsWorkKeys.frames(assetId, run, chunk);
  const earlier = await derived.findJson(framesKey, framesFileSchema);
  if (earlier !== undefined) return earlier.startMicroseconds.length;
  const file = await derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema);
  const frames = await withFolder((folder) =>
    isCareful
      ? decodeWithin(folder, 'start', input, file, dependencies)
      : firstThatFits((from) => decodeWithin(folder, from, input, file, dependencies)),
  );
  await derived.putJson(framesKey, framesFileSchema, frames);
  return frames.startMicroseconds.length;
}

/** Begins ever farther back until the frames are the planned ones. */
async function firstThatFits(decode: (from: DecodeFrom) => Promise<FramesFile>): Promise<FramesFile> {
  for (const from of decodeFrom) {
    try {
      return await decode(from);
    } catch (error) {
      if (!(error instanceof FrameMismatchError) || from === decodeFrom.at(-1)) throw error;
    }
  }
  throw new RangeError('there is nowhere to decode from');
}

async function decodeWithin(
  folder: string,
  from: DecodeFrom,
  { assetId, run, chunk: number, original }: ChunkInput,
  file: PlanFile,
  { originals, derived, tools, timeoutSeconds }: DecodeChunkDependencies,
): Promise<FramesFile> {
  const { facts, plan } = file;
  const chunk = chunkAt(plan, number);
  const attemptFolder = join(folder, from);
  await mkdir(attemptFolder);
  const inputPath = join(attemptFolder, 'original');
  await fetchChunkOriginal(originals, original, inputPath, {
    facts,
    plan,
    chunkIndex: number,
    isWhole: from !== 'seekPoint',
  });
  const previewPath = join(attemptFolder, 'preview.mp4');
  const decoding = decodeChunkFrames(tools, facts, plan, number, { inputPath, previewPath, timeoutSeconds, from });
  const observer = new FrameObserver();
  const looks: Buffer[] = [];
  const startMicroseconds: number[] = [];
  let endMicroseconds = 0;
  async function* observed() {
    for await (const { pixels, isOwn, seconds, endSeconds } of decoding.frames) {
      // The frame before the chunk is looked at too: motion is told by it.
      const look = observer.look(pixels);
      if (isOwn) {
        const packed = Buffer.alloc(lookBytes);
        packLook(look, packed);
        looks.push(packed);
        startMicroseconds.push(Math.round(seconds * 1e6));
        endMicroseconds = Math.round(endSeconds * 1e6);
      }
      yield pixels;
    }
  }
  try {
    const windows = windowsOfChunk(observed(), plan.geometry, {
      firstFrame: chunk.firstFrame,
      frameCount: chunk.lastFrame - chunk.firstFrame + 1,
    });
    const contentType = { contentType: 'application/json' };
    await derived.putStream(shotsWorkKeys.windows(assetId, run, number), windowRequest(windows), contentType);
    const { seams } = await decoding.finish();
    await derived.putFile(shotsWorkKeys.preview(assetId, run, number), previewPath, { contentType: 'video/mp4' });
    return {
      firstFrame: chunk.firstFrame,
      startMicroseconds,
      endMicroseconds,
      looks: Buffer.concat(looks).toString('base64'),
      seams,
    };
  } finally {
    decoding.kill();
  }
}
