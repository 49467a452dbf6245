import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { storeKeyframes } from '../../../lambdas/shots/store-keyframes.ts';
import { makeClip, mediaTools } from '../support/clips.ts';
import { inMemoryBucket } from '../support/in-memory-bucket.ts';
import { modelLimits } from '../support/transition-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-keyframes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const timeoutSeconds = 60;

it('a keyframe is the sharpest of its candidates in full size, with picture, thumbnail and perceptual hash', async () => {
  const inputPath = makeClip([
    ...['-f', 'lavfi', '-i', 'testsrc=size=640x360:rate=25:duration=3'],
    // All but two frames are out of focus; both are candidates, of one keyframe each.
    ...['-vf', "boxblur=6:enable='not(eq(n,20)+eq(n,55))'", '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '12'],
    ...['-pix_fmt', 'yuv420p', join(folder, 'focus.mp4')],
  ]);
  const facts = await probeVideo(mediaTools, inputPath);
  const plan = await planVideo(mediaTools, facts, {
    ...{ inputPath, geometry: modelLimits, framesPerChunk: 400, timeoutSeconds },
  });
  const { bucket, objects } = inMemoryBucket('derived');
  const stored = await storeKeyframes(mediaTools, facts, bucket, {
    ...{ assetId: 'a'.repeat(64), inputPath, plan, timeoutSeconds },
    wanted: [
      { name: '0', candidates: [14, 20, 27] },
      { name: '1', candidates: [60, 55, 49] },
    ],
  });
  expect(stored.map(({ frame }) => frame)).toEqual([20, 55]);
  for (const { key, thumbnailKey, perceptualHash } of stored) {
    expect(objects.get(key)?.contentType).toBe('image/jpeg');
    expect(objects.get(thumbnailKey)?.contentType).toBe('image/webp');
    expect(perceptualHash).toMatch(/^[0-9a-f]{16}$/);
  }
});
