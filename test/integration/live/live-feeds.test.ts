import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FeedSender } from '../../../measure/live/feed-sender.ts';
import { cutsBetweenScenes, makeClip, quickH264 } from '../../lambdas/support/clips.ts';
import { freePort } from '../../support/free-port.ts';
import { Feeder, loopOf, serveFolder } from './feeder.ts';
import { Listener } from './listener.ts';

/** Frames of each scene: the lengths of the shots that a listener must find. */
const scenes = [60, 45, 70, 55, 62];
/** Three shots after the one that was running when the listener came. */
const enoughShots = 4;
const patience = { timeout: 45_000, interval: 200 };

let folder: string;
let clip: string;
const running: { pull(): Promise<void> }[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wirescope-feeds-'));
  clip = makeClip([
    ...cutsBetweenScenes(scenes, '25'),
    ...['-map', '[picture]', ...quickH264, '-g', '25', '-bf', '2', '-f', 'mpegts', join(folder, 'clip.ts')],
  ]);
});
afterEach(async () => {
  for (const feeder of running.splice(0)) await feeder.pull();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function feeder(output: readonly string[]): Feeder {
  const made = new Feeder([...loopOf(clip), ...output]);
  running.push(made);
  return made;
}
const lengthsOf = (shots: readonly { startFrame: number; endFrame: number }[]): number[] =>
  shots.map(({ startFrame, endFrame }) => endFrame - startFrame + 1);

/** Whether these lengths follow each other in the clip as it goes around. */
function expectOfTheClip(lengths: readonly number[]): void {
  const around = [...scenes, ...scenes, ...scenes, ...scenes].join();
  expect(around).toContain(lengths.join());
}

describe('a file at its own pace', () => {
  it('gives its shots while it runs, and its last one when it ends', async () => {
    const listener = new Listener(clip);
    const began = Date.now();
    expect(await listener.ended()).toBe('feed ended');
    expect(Date.now() - began).toBeGreaterThan(10_000);
    expect(lengthsOf(listener.shots)).toEqual(scenes);
    expect(listener.shots.map(({ endReason }) => endReason)).toEqual([
      ...Array.from({ length: scenes.length - 1 }, () => 'transition'),
      'feed ended',
    ]);
    expect(listener.filed.map(({ pictures }) => pictures.pictures.length)).toEqual(scenes);
    const whole = listener.shots.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
    expect(whole).toBeCloseTo(scenes.reduce((sum, count) => sum + count, 0) / 25, 1);
  });

  it('gives the same shots in smaller steps', async () => {
    const listener = new Listener(clip, 'low-latency');
    await listener.ended();
    expect(lengthsOf(listener.shots)).toEqual(scenes);
  });
});

describe('a feed by UDP', () => {
  it('survives a pulled cable as a gap, whatever clock the sender comes back with', async () => {
    const address = `udp://127.0.0.1:${await freePort()}`;
    const sender = feeder(['-f', 'mpegts', `${address}?pkt_size=1316`]);
    const listener = new Listener(address);
    await wait(500);
    sender.start();
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(enoughShots), patience);
    await sender.pull();
    await wait(4000);
    const before = listener.shots.length;
    expect(listener.shots.at(-1)?.endReason).toBe('gap');
    sender.start(['-output_ts_offset', '5000']);
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(before + enoughShots - 1), patience);
    expect(await listener.stop()).toBe('stopped');
    expect(listener.gaps).toHaveLength(1);
    expect(listener.gaps[0]?.durationSeconds).toBeGreaterThan(3.5);
    const [afterGap, ...more] = listener.shots.slice(before);
    expect(afterGap?.transitionIn.kind).toBe('gap');
    expectOfTheClip(lengthsOf([...listener.shots.slice(1, before - 1)]));
    expectOfTheClip(lengthsOf(more.slice(0, -1)));
    expect(listener.shots.at(-1)?.endReason).toBe('stopped');
  });
});

describe('a feed whose clock is set while frames keep coming', () => {
  it('goes on as if nothing had been: no gap, no shot closed', async () => {
    const port = await freePort();
    const listener = new Listener(`udp://127.0.0.1:${port}`);
    const sender = new FeedSender(clip, port);
    await wait(500);
    sender.start();
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(2), patience);
    sender.setClock(-4000);
    await wait(1000);
    sender.setClock(9000);
    const before = listener.shots.length;
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(before + 3), patience);
    await listener.stop();
    await sender.stop();
    expect(listener.events.filter(({ type }) => type !== 'Shot Ended')).toEqual([]);
    expect(listener.shots.slice(0, -1).every(({ endReason }) => endReason === 'transition')).toBe(true);
    expect(listener.complaints).toEqual([]);
  });
});

describe.each([
  ['SRT', (host: string) => `srt://${host}`, (address: string) => ['-f', 'mpegts', `${address}?mode=listener`]],
  ['RTMP', (host: string) => `rtmp://${host}/live/a`, (address: string) => ['-f', 'flv', '-listen', '1', address]],
])('a feed by %s', (_, addressAt, outputTo) => {
  it('is found again after it was gone, with a gap between', async () => {
    const address = addressAt(`127.0.0.1:${await freePort()}`);
    const sender = feeder(outputTo(address));
    sender.start();
    await wait(700);
    const listener = new Listener(address);
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(enoughShots - 1), patience);
    await sender.pull();
    await vi.waitFor(() => expect(listener.shots.at(-1)?.endReason).toBe('gap'), patience);
    const before = listener.shots.length;
    sender.start();
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(before + 2), patience);
    await listener.stop();
    expect(listener.complaints.length).toBeGreaterThan(0);
    expect(listener.shots[before]?.transitionIn.kind).toBe('gap');
    expectOfTheClip(lengthsOf(listener.shots.slice(1, before - 1)));
  });
});

describe('a feed by HLS', () => {
  it('is read from its playlist, in the bursts that segments come in', async () => {
    const { url, server } = await serveFolder(folder);
    const sender = feeder([
      ...['-f', 'hls', '-hls_time', '1', '-hls_list_size', '6', '-hls_flags', 'delete_segments'],
      join(folder, 'feed.m3u8'),
    ]);
    sender.start();
    await wait(5000);
    const listener = new Listener(`${url}/feed.m3u8`);
    await vi.waitFor(() => expect(listener.shots.length).toBeGreaterThanOrEqual(enoughShots - 1), patience);
    await listener.stop();
    server.closeAllConnections();
    server.close();
    expectOfTheClip(lengthsOf(listener.shots.slice(1, 3)));
  });
});

describe('a feed that is mute', () => {
  it('is connected to anew, and its address does not come out with the reason', async () => {
    const listener = new Listener('udp://127.0.0.1:5885?localaddr=127.0.0.1&secret=hunter2');
    await vi.waitFor(() => expect(listener.complaints.length).toBeGreaterThanOrEqual(1), patience);
    await listener.stop();
    expect(listener.complaints.join()).toMatch(/^MediaToolFailedError/);
    expect(listener.complaints.join()).not.toMatch(/hunter2|5885|showinfo/);
  });
});

describe('a feed that is not there', () => {
  it('is tried again and again, without a word of its address, until the service is stopped', async () => {
    const listener = new Listener('rtmp://reporter:hunter2@127.0.0.1:5889/live/a');
    await vi.waitFor(() => expect(listener.complaints.length).toBeGreaterThanOrEqual(3), patience);
    expect(await listener.stop()).toBe('stopped');
    expect(listener.complaints.join()).not.toMatch(/hunter2|reporter/);
    expect(listener.events).toEqual([]);
  });
});
