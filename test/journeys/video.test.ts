import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { assetResponseSchema, uploadsResponseSchema } from '../../lambdas/contracts/api.ts';
import { readDeployment } from '../../lib/config/deployment.ts';
import { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { emulatorEnvironment, instanceOf } from '../../local/supervisor/instance.ts';
import { root } from '../../setup/places.ts';
import { cutsBetweenScenes, makeClip, quickH264 } from '../lambdas/support/clips.ts';

const { outputs } = inject('system');
const instance = { name: 'test', basePort: 5500 };
/** Frames of each scene: together more than a chunk of the local environment. */
const scenes = [300, 420, 350, 230];
const patience = { timeout: 180_000, interval: 500 };
let folder: string;
let clip: string;
let api: ApiCaller;

beforeAll(() => {
  Object.assign(process.env, emulatorEnvironment(instanceOf(instance.name, instance.basePort)));
  api = new ApiCaller(outputs['ApiUrl'] ?? '', outputs['UserPoolClientId'] ?? '');
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-journey-'));
  const picture = [...cutsBetweenScenes(scenes, '25'), '-map', '[picture]', ...quickH264];
  clip = makeClip([...picture, path.join(folder, 'quayside.mp4')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a video of several chunks', () => {
  it('is worked on with its progress told, and has every shot with its keyframe at its frame', async () => {
    const { environment } = readDeployment((name) => ({ env: 'local', webDist: 'none' })[name]);
    expect(scenes.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(environment.shots.framesPerChunk);
    await api.upload(clip, { fileName: 'quayside.mp4', desk: 'video', batch: 'journey-video' });
    const told = new Set<number>();
    await vi.waitFor(async () => {
      const { uploads } = await api.read(uploadsResponseSchema, '/uploads?desk=video');
      const asset = uploads.find(({ fileName }) => fileName === 'quayside.mp4')?.asset;
      if (asset?.progress !== undefined) told.add(asset.progress.percent);
      expect(asset?.status).toBe('indexed');
    }, patience);
    expect([...told].some((percent) => percent > 0 && percent < 100)).toBe(true);
    const assetId = createHash('sha256').update(readFileSync(clip)).digest('hex');
    const { shots = [] } = await api.read(assetResponseSchema, `/assets/${assetId}`);
    expect(shots.map(({ startSeconds }) => startSeconds)).toEqual([0, 12, 28.8, 42.8]);
    for (const { thumbnailUrl } of shots) expect((await fetch(thumbnailUrl)).ok).toBe(true);
  }, 300_000);
});

describe('a live feed', () => {
  it('is one hit that holds all of its shots, by its title', async () => {
    const title = 'Tugboat regatta';
    const service = spawn(
      process.execPath,
      [
        path.join(root, 'local', 'live', 'run.ts'),
        ...[clip, '--title', title, '--desk', 'live'],
        ...['--instance', instance.name, '--base-port', String(instance.basePort)],
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => service.once('exit', resolve));
    expect(await ended).toBe(0);
    await vi.waitFor(async () => {
      const { hits } = await api.search({ q: title, size: '20' });
      const [feed, ...others] = hits.filter((hit) => hit.title.startsWith(title));
      expect(others).toEqual([]);
      expect(feed?.matchCount).toBeGreaterThanOrEqual(scenes.length);
      expect(new Set(feed?.matches.map(({ assetId }) => assetId)).size).toBe(feed?.matches.length);
    }, patience);
  }, 300_000);
});
