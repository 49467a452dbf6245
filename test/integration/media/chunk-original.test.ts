import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeChunkFrames } from '../../../lambdas/shots/chunk-decoding.ts';
import { fetchChunkOriginal } from '../../../lambdas/shots/chunk-original.ts';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { makeClip, mediaTools, quickH264 } from '../../lambdas/support/clips.ts';
import { inMemoryBucket } from '../../lambdas/support/in-memory-bucket.ts';

const geometry = { windowFrames: 20, contextFrames: 5, strideFrames: 10 };
const timeoutSeconds = 60;
/** As in large files, so much smaller. */
const sizes = { wholeBelow: 0, margin: 64 * 1024, tables: 16 * 1024 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chunk-original-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a worker', () => {
  it.each(['mp4', 'mkv', 'ts'])('decodes its chunk from a part of a large %s', async (kind) => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=20'];
    const noise = ['-vf', 'noise=alls=40:allf=t', ...quickH264, '-g', '25', '-b:v', '3M', '-bf', '0'];
    const path = makeClip([...source, ...noise, join(folder, `whole.${kind}`)]);
    const originals = inMemoryBucket('originals');
    originals.put('video', await readFile(path));
    const facts = await probeVideo(mediaTools, path);
    const plan = await planVideo(mediaTools, facts, { inputPath: path, geometry, framesPerChunk: 50, timeoutSeconds });
    const bytes = (await readFile(path)).length;
    for (const chunkIndex of [1, 5, 9]) {
      const inputPath = join(folder, `part-${chunkIndex}.${kind}`);
      const options = { facts, plan, chunkIndex, sizes };
      const fetched = await fetchChunkOriginal(originals.bucket, { key: 'video' }, inputPath, options);
      expect(fetched.isWhole).toBe(false);
      expect(fetched.bytesRead).toBeLessThan(bytes / 2);
      const decoding = decodeChunkFrames(mediaTools, facts, plan, chunkIndex, { inputPath, timeoutSeconds });
      const own: number[] = [];
      for await (const { frame, isOwn } of decoding.frames) if (isOwn) own.push(frame);
      await decoding.finish();
      expect(own).toEqual(Array.from({ length: 50 }, (_, at) => chunkIndex * 50 + at));
    }
  });
});
