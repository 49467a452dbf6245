import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { instanceOf } from '../../local/supervisor/instance.ts';
import { root } from '../../setup/places.ts';

export interface RunningSystem {
  addresses: { emulator: string; models: string; vectorIndex: string; openSearch: string; page: string };
  outputs: Record<string, string>;
  processIds: Record<string, number>;
  supervisor: number;
}

declare module 'vitest' {
  export interface ProvidedContext {
    system: RunningSystem;
  }
}

const testInstance = 'test';
const testBasePort = 5500;
const startLimitSeconds = 420;

/** Starts the system with the sample newsroom, as `npm start` does, and stops it after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { directory } = instanceOf(testInstance, testBasePort);
  const readyFile = path.join(directory, 'ready.json');
  await rm(directory, { recursive: true, force: true });
  const supervisor: ChildProcess = spawn(
    process.execPath,
    ['local/supervisor/start.ts', '--instance', testInstance, '--base-port', String(testBasePort), '--with-parent'],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const stop = async (): Promise<void> => {
    if (supervisor.exitCode !== null) return;
    const ended = new Promise((resolve) => supervisor.once('exit', resolve));
    supervisor.kill('SIGTERM');
    await ended;
  };
  const deadline = Date.now() + startLimitSeconds * 1000;
  while (!existsSync(readyFile)) {
    if (supervisor.exitCode !== null) throw new Error('the system ended while it started; its words stand above');
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`the system was not ready after ${startLimitSeconds} s`);
    }
    await delay(300);
  }
  project.provide('system', JSON.parse(readFileSync(readyFile, 'utf8')) as RunningSystem);
  return stop;
}
