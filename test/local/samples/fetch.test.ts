import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SamplesError } from '../../../local/samples/errors.ts';
import { fetchSamples } from '../../../local/samples/fetch.ts';
import { isUpToDate, writeReceipt } from '../../../local/samples/receipt.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'wirescope-samples-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('fetching the samples', () => {
  it('says in one sentence which package could not be had, and leaves no half newsroom behind', async () => {
    const attempt = fetchSamples({ directory, pythonPath: '/bin/false', ffmpegPath: '/bin/false' });
    await expect(attempt).rejects.toThrow(SamplesError);
    await expect(attempt).rejects.toThrow(/^pip could not download [\w-]+==[\d.]+, .*run the set-up again\.$/);
    expect(await readdir(directory)).toEqual(['originals']);
    expect(await isUpToDate(directory)).toBe(false);
  });
});

describe('the receipt', () => {
  beforeEach(async () => {
    await mkdir(path.join(directory, 'incoming/sport'), { recursive: true });
    await writeFile(path.join(directory, 'incoming/sport/result.txt'), 'two all');
    await writeReceipt(directory);
  });

  it('vouches for a newsroom that nobody touched', async () => {
    expect(await isUpToDate(directory)).toBe(true);
  });

  it.each([
    ['lost', () => rm(path.join(directory, 'incoming/sport/result.txt'))],
    ['cut short', () => writeFile(path.join(directory, 'incoming/sport/result.txt'), 'two')],
    ['added', () => writeFile(path.join(directory, 'incoming/sport/other.txt'), 'three all')],
  ])('does not vouch for one in which a file was %s', async (_, change) => {
    await change();
    expect(await isUpToDate(directory)).toBe(false);
  });

  it('does not vouch where it is itself broken', async () => {
    await writeFile(path.join(directory, 'receipt.json'), '{"recipe');
    expect(await isUpToDate(directory)).toBe(false);
  });
});
