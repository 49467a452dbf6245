import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../setup/places.ts';
import { emulatorEnvironment, instanceOf } from './instance.ts';

export interface OwnSystem {
  addresses: Record<'emulator' | 'models' | 'vectorIndex' | 'openSearch' | 'page' | 'captions', string>;
  outputs: Record<string, string>;
  processIds: Record<string, number>;
  supervisor: number;
}

const startLimitSeconds = 420;

/**
 * Starts an empty system of its own, points this process's AWS clients at it, hands it to the work and stops it,
 * whatever becomes of the work.
 */
export async function withOwnSystem<T>(
  options: { instance: string; basePort: number; withSamples: boolean; withCaptions?: boolean },
  work: (system: OwnSystem) => Promise<T>,
): Promise<T> {
  const instance = instanceOf(options.instance, options.basePort);
  const readyFile = path.join(instance.directory, 'ready.json');
  await rm(instance.directory, { recursive: true, force: true });
  const supervisor: ChildProcess = spawn(
    process.execPath,
    [
      'local/supervisor/start.ts',
      ...['--instance', options.instance, '--base-port', String(options.basePort), '--with-parent'],
      ...(options.withSamples ? [] : ['--without-samples']),
      ...(options.withCaptions ? ['--with-captions'] : []),
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  try {
    const deadline = Date.now() + startLimitSeconds * 1000;
    while (!existsSync(readyFile)) {
      if (supervisor.exitCode !== null) throw new Error('the system ended while it started; its words stand above');
      if (Date.now() > deadline) throw new Error(`the system was not ready after ${startLimitSeconds} s`);
      await delay(300);
    }
    Object.assign(process.env, emulatorEnvironment(instance));
    return await work(JSON.parse(readFileSync(readyFile, 'utf8')) as OwnSystem);
  } finally {
    if (supervisor.exitCode === null) {
      const ended = new Promise((resolve) => supervisor.once('exit', resolve));
      supervisor.kill('SIGTERM');
      await ended;
    }
  }
}
