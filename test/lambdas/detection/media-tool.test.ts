import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputFile, inputOptions, lastComplaint, startTool } from '../../../lambdas/detection/media-tool.ts';
import { mediaTools } from '../support/clips.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-tool-test-'));
});
afterAll(() => rm(folder, { recursive: true }));
const run = async (options: string[], timeoutSeconds = 20) => {
  const tool = startTool(mediaTools.ffmpegPath, options, { timeoutSeconds, pipes: 1 });
  tool.process.stdout?.resume();
  return tool.ended;
};
const discard = ['-f', 'null', '-'];

describe('a media tool', () => {
  it('is ended when its time is up', async () => {
    const endless = ['-re', '-f', 'lavfi', '-i', 'testsrc', ...discard];
    await expect(run(endless, 0.3)).rejects.toMatchObject({
      name: 'MediaToolTimeoutError',
      message: 'the video took more than 0.3 seconds to read',
    });
  });

  it('that is not there is a fault of the machine, not of the video', async () => {
    const tool = startTool('/nowhere/ffmpeg', [], { timeoutSeconds: 5, pipes: 1 });
    tool.process.stdout?.resume();
    await expect(tool.ended).rejects.toMatchObject({ name: 'MediaToolFailedError' });
  });

  it.each([
    'http://127.0.0.1:9/x.mp4',
    'tcp://127.0.0.1:9',
    'concat:/etc/hostname|/etc/hosts',
    'data:video/mp4;base64,AAAA',
  ])('opens nothing but files: %s', async (address) => {
    const { exitCode, complaint } = await run([...inputOptions, '-i', address, ...discard]);
    expect(exitCode).not.toBe(0);
    expect(complaint).toMatch(/not on whitelist/);
  });

  it('takes a file name for a file name, whatever it looks like', async () => {
    const odd = join(folder, 'concat:a|b %d $(touch x) ü.mp4');
    await writeFile(odd, 'no video');
    const { complaint } = await run([...inputOptions, '-i', inputFile(odd), ...discard]);
    expect(complaint).toMatch(/Invalid data found/);
  });

  it('sees nothing of the environment', async () => {
    process.env['FFREPORT'] = `file=${join(folder, 'report.log')}:level=32`;
    await run(['-f', 'lavfi', '-i', 'nullsrc=d=0.1', ...discard]);
    delete process.env['FFREPORT'];
    await expect(rm(join(folder, 'report.log'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lives within bounds of memory, output, core dumps and open files', async () => {
    const path = join(folder, 'limits.sh');
    await writeFile(path, '#!/bin/sh\nulimit -v; ulimit -f; ulimit -c; ulimit -n\n', { mode: 0o700 });
    const tool = startTool(path, [], { timeoutSeconds: 5, pipes: 1 });
    const said = await text(tool.process.stdout as Readable);
    expect(said.trim().split('\n').map(Number)).toEqual([4 * 1024 ** 2, (8 * 1024 ** 3) / 512, 0, 64]);
    expect((await tool.ended).exitCode).toBe(0);
  });

  it('is quoted without paths and addresses', () => {
    const said =
      '[mov @ 0x55d0] moov atom not found\nfile:/tmp/secret/original: Invalid data found when processing input\n';
    expect(lastComplaint(said)).toBe('the file: Invalid data found when processing input');
    expect(lastComplaint('')).toBe('no reason given');
  });
});
