import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import ExifReader from 'exifreader';
import { describe, expect, it } from 'vitest';
import { isUpToDate } from '../../../local/samples/receipt.ts';
import { readSources } from '../../../local/samples/recipe.ts';
import { places } from '../../../setup/places.ts';
import { manifestSchema, queriesSchema, readJson, shotlistSeconds } from './newsroom.ts';

const manifest = manifestSchema.parse(await readJson('manifest.json'));
const queries = queriesSchema.parse(await readJson('queries.json'));
const placed = (key: string): string => path.join(places.samples, key);

async function probe(key: string): Promise<{ durationSeconds: number; framesPerSecond: number }> {
  const options = ['-v', 'error', '-select_streams', 'v:0', '-of', 'json'];
  const { stdout } = await execa(
    places.ffprobe,
    [...options, '-show_entries', 'format=duration:stream=r_frame_rate', placed(key)],
    // The static build loads the host's character set modules for a transport stream's service name, and crashes.
    { env: { GCONV_PATH: '/dev/null' } },
  );
  const { format, streams } = JSON.parse(stdout);
  const [numerator, denominator] = streams[0].r_frame_rate.split('/').map(Number);
  return { durationSeconds: Number(format.duration), framesPerSecond: numerator / denominator };
}

describe('the newsroom as set-up laid it out', () => {
  it('lies complete, so that a second set-up has nothing to do', async () => {
    expect(await isUpToDate(places.samples), 'run `npm run setup` first').toBe(true);
  });

  it('holds each upload of the manifest', async () => {
    for (const { key } of manifest) expect((await readFile(placed(key))).length, key).toBeGreaterThan(0);
  });

  it('holds videos of 5 to 60 seconds in six containers', async () => {
    const videos = manifest.filter((one) => one.type === 'video' && one.expect === 'indexed');
    expect(new Set(videos.map(({ key }) => path.extname(key)))).toEqual(
      new Set(['.mp4', '.mov', '.mkv', '.webm', '.mxf', '.ts']),
    );
    for (const { key } of videos) {
      const { durationSeconds } = await probe(key);
      expect(durationSeconds, key).toBeGreaterThanOrEqual(5);
      expect(durationSeconds, key).toBeLessThanOrEqual(60);
    }
  });

  it('writes only timecodes into shotlists that lie inside their video, in order', async () => {
    const shotlists = manifest.filter(({ key }) => key.endsWith('.shotlist.txt'));
    expect(shotlists.length).toBeGreaterThanOrEqual(5);
    for (const { key } of shotlists) {
      const stem = key.replace('.shotlist.txt', '.');
      const video = manifest.find((one) => one.expect === 'indexed' && one.key.startsWith(stem))?.key ?? '';
      const { durationSeconds, framesPerSecond } = await probe(video);
      const seconds = shotlistSeconds(await readFile(placed(key), 'utf8'), framesPerSecond);
      expect(seconds.length, key).toBeGreaterThan(0);
      expect(seconds, key).toEqual([...seconds].sort((a, b) => a - b));
      for (const second of seconds) expect(second, key).toBeLessThan(durationSeconds);
    }
  });

  it('asks for shots inside their videos', async () => {
    for (const { shot, expect: keys } of queries)
      if (shot !== undefined) expect(shot.startSeconds).toBeLessThan((await probe(keys[0] ?? '')).durationSeconds);
  });

  it('holds a truncated video that no player opens', async () => {
    await expect(probe('incoming/world/broken-feed.mp4')).rejects.toThrow(/moov atom not found/);
  });

  it('holds a duplicate of equal bytes under another name', async () => {
    for (const { key, of } of (await readSources()).copies)
      expect((await readFile(placed(key))).equals(await readFile(placed(of))), key).toBe(true);
  });

  it('carries headline, caption and usage terms inside the photos that sources.json labels', async () => {
    const labelled = (await readSources()).media.filter(({ make }) => make?.by === 'photo' && make.xmp);
    expect(new Set(labelled.map(({ key }) => path.extname(key)))).toEqual(new Set(['.jpg', '.webp', '.tif']));
    for (const { key } of labelled) {
      const tags = ExifReader.load(await readFile(placed(key)));
      expect(tags['Headline']?.description, key).toMatch(/\w+ \w+/);
      expect(tags['description']?.description, key).toMatch(/\w+ \w+/);
      expect(tags['UsageTerms']?.description, key).toMatch(/\w/);
    }
  });
});
