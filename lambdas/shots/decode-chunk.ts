import { join } from 'node:path';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { shotsWorkKeys } from '../contracts/keys.ts';
import type { ShotsModel } from '../contracts/models.ts';
import type { ChunkInput } from '../contracts/workflow.ts';
import { FrameObserver, lookBytes, packLook } from '../detection/frame-look.ts';
import { lastComplaint, MediaToolFailedError, type MediaTools } from '../detection/media-tool.ts';
import { windowsOf } from '../detection/windows.ts';
import { RefusedError } from '../runtime/errors.ts';
import { assertComplete } from './completeness.ts';
import { decodeVideo } from './decode.ts';
import { withOriginal } from './original-file.ts';
import { windowRequest } from './window-request.ts';
import { framesFileSchema, planFileSchema } from './work-files.ts';

export interface DecodeChunkDependencies {
  originals: MediaBucket;
  derived: MediaBucket;
  model: ShotsModel;
  tools: MediaTools;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/**
 * Decodes one chunk: its windows become a request in the bucket, and what assembling needs of its frames a file beside
 * it. `frames.json` is written last, so that whoever finds it finds all.
 * @returns how many frames are the chunk's own.
 */
export async function decodeChunk(input: ChunkInput, dependencies: DecodeChunkDependencies): Promise<number> {
  const { originals, derived, model, tools, timeoutSeconds } = dependencies;
  const { assetId, run, chunk, original } = input;
  const framesKey = shotsWorkKeys.frames(assetId, run, chunk);
  const earlier = await derived.findJson(framesKey, framesFileSchema);
  if (earlier !== undefined) return earlier.startMicroseconds.length;
  const { facts, chunks } = await derived.readJson(shotsWorkKeys.plan(assetId, run), planFileSchema);
  const firstFrame = chunks[chunk]?.firstFrame ?? 0;
  const frames = await withOriginal(originals, original, async ({ folder, inputPath }) => {
    const previewPath = join(folder, 'preview.mp4');
    const decoding = decodeVideo(tools, facts, { inputPath, previewPath, timeoutSeconds });
    const observer = new FrameObserver();
    const looks: Buffer[] = [];
    async function* observed() {
      for await (const frame of decoding.frames) {
        const packed = Buffer.alloc(lookBytes);
        packLook(observer.look(frame), packed);
        looks.push(packed);
        yield frame;
      }
    }
    try {
      await derived.putStream(
        shotsWorkKeys.windows(assetId, run, chunk),
        windowRequest(windowsOf(observed(), model.limits)),
        {
          contentType: 'application/json',
        },
      );
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
      await derived.putFile(shotsWorkKeys.preview(assetId, run, chunk), previewPath, { contentType: 'video/mp4' });
      return {
        firstFrame,
        startMicroseconds: times.map(({ startSeconds }) => Math.round(startSeconds * 1e6)),
        endMicroseconds: Math.round(last.endSeconds * 1e6),
        looks: Buffer.concat(looks).toString('base64'),
        hasPreview: true,
      };
    } finally {
      decoding.kill();
    }
  });
  await derived.putJson(framesKey, framesFileSchema, frames);
  return frames.startMicroseconds.length;
}
