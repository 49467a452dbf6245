import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuietMachine } from '../../measure/quiet-machine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quiet-machine-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Whether nobody holds the file. */
function isFree(file: string): boolean {
  try {
    execFileSync('flock', ['--nonblock', file, 'true']);
    return true;
  } catch {
    return false;
  }
}

describe('a machine that is kept quiet', () => {
  it('is held while something is timed and let go afterwards, whatever became of it', async () => {
    const file = path.join(folder, 'lock');
    const machine = new QuietMachine(`flock ${file}`);
    expect(await machine.during(async () => isFree(file))).toBe(false);
    expect(isFree(file)).toBe(true);
    await expect(machine.during(() => Promise.reject(new RangeError('no frames')))).rejects.toThrow('no frames');
    expect(isFree(file)).toBe(true);
  });

  it('is left to others for as long as it was held', async () => {
    const machine = new QuietMachine(`flock ${path.join(folder, 'lock')}`);
    const held = 150;
    let ended = 0;
    await machine.during(() => new Promise((resolve) => setTimeout(resolve, held)));
    ended = performance.now();
    await machine.during(async () => expect(performance.now() - ended).toBeGreaterThanOrEqual(0.8 * held));
  });

  it('is not waited for where nothing names how to, and is an error where the command fails', async () => {
    expect(await new QuietMachine('').during(async () => 3)).toBe(3);
    await expect(new QuietMachine('false').during(async () => 3)).rejects.toThrow(/ended before the machine was quiet/);
  });
});
