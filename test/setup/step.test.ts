import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mustRun } from '../../setup/program.ts';
import { carryOut, inOrder, SetUpError, type SetUpStep } from '../../setup/step.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-step-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A step that never counts as done, since its output is never made. */
const step = (name: string, after: string[], run: () => Promise<void> = async () => {}): SetUpStep => ({
  name: `test-${name}`,
  after: after.map((other) => `test-${other}`),
  inputs: [],
  outputs: [path.join(folder, name)],
  run,
});
const names = (steps: readonly SetUpStep[]): string[] => steps.map(({ name }) => name.replace('test-', ''));

describe('the order of set-up', () => {
  it('puts a step behind all that it stands on, each once', () => {
    const steps = [step('samples', ['ffmpeg']), step('ffmpeg', ['python']), step('python', []), step('page', [])];
    expect(names(inOrder(steps, ['test-samples', 'test-ffmpeg']))).toEqual(['python', 'ffmpeg', 'samples']);
  });
  it('refuses a circle and a step that does not exist by a sentence', () => {
    expect(() => inOrder([step('a', ['b']), step('b', ['a'])], ['test-a'])).toThrow(/circle/);
    expect(() => inOrder([step('a', [])], ['nothing'])).toThrow(SetUpError);
  });
});

describe('carrying out set-up', () => {
  it('starts a step only after those before it have ended', async () => {
    const ended: string[] = [];
    const work = (name: string) => async () => {
      await new Promise((resolve) => setTimeout(resolve, name === 'first' ? 30 : 0));
      ended.push(name);
    };
    await carryOut([step('first', [], work('first')), step('second', ['first'], work('second'))], () => {});
    expect(ended).toEqual(['first', 'second']);
  });
  it('starts nothing behind a failure, and hands the failure on', async () => {
    const started: string[] = [];
    const failing = step('failing', [], async () => {
      throw new SetUpError('the network is down: try again.');
    });
    const later = step('later', ['failing'], async () => {
      started.push('later');
    });
    await expect(carryOut([failing, later], () => {})).rejects.toThrow('the network is down');
    expect(started).toEqual([]);
  });
});

describe('a program that set-up runs', () => {
  it('is named in one sentence where it is not installed', async () => {
    await expect(mustRun('asking', 'try again.', 'no-such-program-anywhere', [])).rejects.toThrow(
      'the program "no-such-program-anywhere" is not installed: install it and try again.',
    );
  });
  it('is quoted with its last words and the advice where it fails', async () => {
    const words = ['-e', 'console.error("disk full"); process.exit(3)'];
    await expect(mustRun('copying', 'free some disk.', process.execPath, words)).rejects.toThrow(
      'copying failed (disk full): free some disk.',
    );
  });
});
